"""Signing in and out with providers that others have written: SimpleSAMLphp (SAML), oidc-provider (OpenID Connect)."""

import json
import re
import urllib.request
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from ent.core.actors import SYSTEM
from ent.directory.enums import ExternalSystem, Family
from ent.directory.models import ExternalId
from ent.foundation.schools import scope
from ent.identity.federation.actions.providers import save_provider
from ent.identity.federation.enums import Matching, Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.signin.enums import Audience
from tests.cast import Cast
from tests.peers.browser import Visitor
from tests.peers.conftest import CLIENT_ID, CLIENT_SECRET, Peer
from tests.providers import is_signed_in, saml, saml_provider

pytestmark = pytest.mark.django_db


def read(url: str) -> str:
    return str(urllib.request.urlopen(url, timeout=20).read().decode())


def ours(client: Client, address: str):
    """Go on to an address of our service."""
    parts = urlsplit(address)
    return client.get(parts.path, dict(parse_qsl(parts.query)), secure=True, QUERY_STRING=parts.query)


@pytest.fixture(params=[saml.REDIRECT, saml.POST], ids=["by redirect", "by form"])
def educonnect(cast: Cast, simplesamlphp: Peer, request: pytest.FixtureRequest) -> Client:
    """SimpleSAMLphp knows Claire, and our service knows it; one signs out by redirects, or by forms alone."""
    (simplesamlphp.folder / "binding").write_text(request.param)
    with scope.use(scope.EVERYTHING):
        saml_provider(metadata=read(f"{simplesamlphp.url}/saml2/idp/metadata.php"))
        ExternalId.objects.create(person=cast.claire, system=ExternalSystem.AAF_GUARDIAN, issuer="18", value="4700001")
    told = {"FrEduCtRefId": ["{AAF}18|x|4700001"], "FrEduCtId": ["f" * 96], "givenName": ["Claire"], "sn": ["Moreau"]}
    (simplesamlphp.folder / "people.json").write_text(json.dumps({"claire:Loire": told}))
    return Client(HTTP_HOST="ent.example")


def go_on(visitor: Visitor, page: str) -> None:
    """From our page that leads elsewhere, by its link or by its form."""
    link = re.search(r'content="0; url=([^"]+)"', page)
    if link:
        visitor.go(unescape(link[1]))
    else:
        visitor.text = page
        visitor.send()


def come_back(client: Client, visitor: Visitor, name: str):
    """From the provider's page about signing out to ours, by its redirect or by its form."""
    if visitor.text:
        assert name in visitor.hidden(), visitor.text[:3000]
        return client.post(reverse("federation:signed_out", args=["educonnect"]), visitor.hidden(), secure=True)
    assert f"{name}=" in visitor.address
    return ours(client, visitor.address)


def introduce(client: Client, peer: Peer, *, encrypted: bool) -> None:
    """Give our metadata to SimpleSAMLphp."""
    service = saml.read_service(client.get(reverse("federation:metadata", args=["educonnect"]), secure=True).content)
    told = {
        "entity_id": service.entity_id,
        "answer_url": service.answer_url,
        "sign_out_url": service.sign_out_url,
        "certificate": service.certificates[0],
        "encrypted": encrypted,
    }
    (peer.folder / "service.json").write_text(json.dumps(told))


@pytest.mark.parametrize("encrypted", [False, True], ids=["signed", "signed and encrypted"])
def test_a_mother_comes_in_by_simplesamlphp_and_goes_out_of_both(educonnect, simplesamlphp, cast, encrypted):
    introduce(educonnect, simplesamlphp, encrypted=encrypted)
    departure = educonnect.get(reverse("federation:leave", args=["educonnect"]), secure=True)
    visitor = Visitor().go(departure["Location"])
    assert 'name="password"' in visitor.text, visitor.text[:2000]
    visitor.send(username="claire", password="Loire")
    told = visitor.hidden()
    assert "SAMLResponse" in told, visitor.text[:2000]
    answer = educonnect.post(reverse("federation:answer", args=["educonnect"]), told, secure=True)
    assert answer.status_code == 303, answer.content.decode()
    assert educonnect.get(answer["Location"], secure=True)["Location"] == "/"
    assert educonnect.session["_auth_user_id"] == str(cast.claire.account_id)

    left = educonnect.post(reverse("signin:sign_out"), secure=True).content.decode()
    by_form = (simplesamlphp.folder / "binding").read_text() == saml.POST
    assert ("data-ent-now" in left) == by_form
    go_on(visitor, left)
    assert come_back(educonnect, visitor, "SAMLResponse").status_code == 200
    again = educonnect.get(reverse("federation:leave", args=["educonnect"]), secure=True)
    assert 'name="password"' in visitor.go(again["Location"]).text, "the provider asks anew: its session is over"


def test_simplesamlphp_ends_our_session_when_it_ends_its_own(educonnect, simplesamlphp, cast):
    introduce(educonnect, simplesamlphp, encrypted=False)
    departure = educonnect.get(reverse("federation:leave", args=["educonnect"]), secure=True)
    visitor = Visitor().go(departure["Location"]).send(username="claire", password="Loire")
    answer = educonnect.post(reverse("federation:answer", args=["educonnect"]), visitor.hidden(), secure=True)
    educonnect.get(answer["Location"], secure=True)
    assert is_signed_in(educonnect)
    visitor.go(f"{simplesamlphp.url}/saml2/idp/SingleLogoutService.php?ReturnTo={simplesamlphp.url}/logout.php")
    response = come_back(Client(HTTP_HOST="ent.example"), visitor, "SAMLRequest")
    assert educonnect.get("/", secure=True)["Location"].startswith("/connexion/")
    if response.status_code == 302:
        visitor.go(response["Location"])
    else:
        go_on(visitor, response.content.decode())
    assert visitor.address.startswith(simplesamlphp.url)
    assert "SAMLResponse" not in visitor.text


def enter_by(op: Peer) -> tuple[Client, Visitor]:
    """Mrs Fabre, signed in by oidc-provider: her browser before our service, and before it."""
    cache.clear()
    provider = IdentityProvider(
        slug="academie",
        name="le compte académique",
        protocol=Protocol.OIDC,
        audience=Audience.STAFF,
        families=[Family.STAFF],
        matching=Matching.MAIL,
        metadata_url=f"{op.url}/.well-known/openid-configuration",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        is_open=True,
    )
    with scope.use(scope.EVERYTHING):
        save_provider(provider, by=SYSTEM)
    client = Client(HTTP_HOST="ent.example")
    departure = client.get(reverse("federation:leave", args=["academie"]), secure=True)
    visitor = Visitor().go(departure["Location"])
    assert 'name="login"' in visitor.text, visitor.text[:2000]
    visitor.send(login="fabre", password="anything").send()
    assert "code=" in visitor.address, visitor.text[:2000]
    answer = ours(client, visitor.address)
    assert answer.status_code == 303, answer.content.decode()
    client.get(answer["Location"], secure=True)
    return client, visitor


def test_a_teacher_comes_in_by_oidc_provider_and_goes_out_of_both(op, cast):
    client, visitor = enter_by(op)
    assert client.session["_auth_user_id"] == str(cast.mme_fabre.account_id)

    left = client.post(reverse("signin:sign_out"), secure=True).content.decode()
    go_on(visitor, left)
    visitor.send(logout="yes")
    ending = "https://ent.example/connexion/externe/academie/deconnexion/"
    assert visitor.address.startswith(ending), visitor.text[:2000]
    assert ours(client, visitor.address).status_code == 200


def test_oidc_provider_ends_our_session_from_its_own_server(op, cast):
    client, visitor = enter_by(op)
    op.letters.clear()
    visitor.go(f"{op.url}/session/end").send(logout="yes")
    assert [letter.keys() for letter in op.letters] == [{"logout_token"}]
    assert is_signed_in(client)
    for status in (200, 400):
        told = Client(HTTP_HOST="ent.example").post(
            reverse("federation:back_channel", args=["academie"]), op.letters[0], secure=True
        )
        assert told.status_code == status, "taken once"
    assert not is_signed_in(client)
