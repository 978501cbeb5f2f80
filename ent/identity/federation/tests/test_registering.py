"""The region's officer registers a provider, with metadata that are clean or are not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.schools import scope
from ent.identity.federation.actions.providers import refresh_provider
from ent.identity.federation.models import IdentityProvider
from tests.cast import Cast
from tests.providers import BASE, keys_named, oidc_provider, running_sandbox, saml, saml_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast: Cast) -> Client:
    client = cast.signed_in("region_officer")
    session = client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    return client


def form(**changes: object) -> dict[str, object]:
    return {
        "name": "ÉduConnect",
        "slug": "educonnect",
        "audience": "families",
        "families": ["eleves", "responsables"],
        "protocol": "saml",
        "matching": "aaf",
        "academies_typed": "18, 98",
        "metadata": saml.metadata(BASE, keys_named("idp")),
    } | changes


def test_a_provider_is_registered_closed_then_opened_and_offered(officer):
    assert officer.post(reverse("federation:add"), form())["Location"].endswith("/educonnect/")
    provider = IdentityProvider.objects.get()
    assert provider.academies == ["18", "98"]
    assert not provider.is_open
    assert "ÉduConnect" not in Client().get("/connexion/").content.decode()
    officer.post(reverse("federation:switch", args=["educonnect"]), {"ouvrir": ""})
    assert "Avec ÉduConnect" in Client().get("/connexion/").content.decode()


def test_the_page_tells_the_addresses_that_the_provider_needs(officer):
    officer.post(reverse("federation:add"), form())
    text = officer.get(reverse("federation:provider", args=["educonnect"])).content.decode()
    assert "https://ent.example/connexion/externe/educonnect/retour/" in text


def test_metadata_come_by_a_file_too(officer):
    file = SimpleUploadedFile("idp.xml", saml.metadata(BASE, keys_named("idp")).encode())
    assert officer.post(reverse("federation:add"), form(metadata="", metadata_file=file)).status_code == 303


BAD = {
    "no key": (lambda good: good.replace('use="signing"', 'use="encryption"'), "clé de signature"),
    "not XML": (lambda good: "bonjour", "bien formé"),
    "an entity": (lambda good: '<!DOCTYPE r [<!ENTITY a "b">]>' + good.partition("?>")[2], "DOCTYPE"),
    "a service provider's": (
        lambda good: good.replace("IDPSSODescriptor", "SPSSODescriptor"),
        "fournisseur d’identité",
    ),
    "no redirect": (lambda good: good.replace("HTTP-Redirect", "HTTP-POST"), "HTTP-Redirect"),
    "not protected": (lambda good: good.replace("https://idp", "http://idp"), "https"),
    "too long": (lambda good: good.replace("<md:NameID", " " * 600_000 + "<md:NameID"), "trop long"),
}


@pytest.mark.parametrize("name", BAD)
def test_metadata_of_no_use_are_refused_in_plain_words_and_nothing_typed_is_lost(officer, name):
    spoil, words = BAD[name]
    response = officer.post(reverse("federation:add"), form(metadata=spoil(saml.metadata(BASE, keys_named("idp")))))
    assert response.status_code == 422
    text = response.content.decode()
    assert words in text
    assert 'value="ÉduConnect"' in text
    assert not IdentityProvider.objects.exists()


def test_a_secret_is_never_shown_again(officer, cast, tmp_path):
    with running_sandbox(tmp_path / "s", []) as sandbox:
        oidc_provider(sandbox.provider)
    text = officer.get(reverse("federation:provider", args=["academie"])).content.decode()
    assert sandbox.provider.client_secret not in text
    told = form(slug="academie", name="A", protocol="oidc", matching="mail", families=["personnels"])
    told |= {"audience": "staff", "client_id": "x", "metadata": IdentityProvider.objects.get().metadata}
    assert officer.post(reverse("federation:provider", args=["academie"]), told).status_code == 303
    provider = IdentityProvider.objects.get()
    assert provider.client_secret == sandbox.provider.client_secret, "an empty field keeps it"
    assert provider.slug == "academie"


def test_metadata_are_read_again_at_their_address_and_bad_ones_change_nothing(cast, tmp_path):
    with scope.use(scope.EVERYTHING), running_sandbox(tmp_path / "s", []) as sandbox:
        provider = saml_provider(metadata_url=f"{sandbox.url}/educonnect/metadata")
        assert refresh_provider(provider, by=SYSTEM)
        assert f"{sandbox.url}/educonnect/sso" in provider.metadata
        provider.metadata_url = f"{sandbox.url}/style.css"
        assert not refresh_provider(provider, by=SYSTEM)
        assert "bien formé" in provider.refresh_problem
        assert f"{sandbox.url}/educonnect/sso" in provider.metadata


def test_metadata_of_an_unprotected_address_are_not_asked_for(cast):
    with scope.use(scope.EVERYTHING):
        provider = saml_provider()
        provider.metadata_url = "http://169.254.169.254/latest"
        assert not refresh_provider(provider, by=SYSTEM)
    assert "https" in provider.refresh_problem


def test_a_key_is_prepared_then_put_in_service(officer):
    officer.post(reverse("federation:add"), form())
    page = reverse("federation:providers")
    assert "Préparer une nouvelle clé" in officer.get(page).content.decode()
    officer.post(reverse("federation:keys"), {"preparer": ""})
    assert "Mettre en service" in officer.get(page).content.decode()
    officer.post(reverse("federation:keys"), {"changer": ""})
    text = officer.get(page).content.decode()
    assert "Ancienne" in text
    assert "Préparer une nouvelle clé" in text
