"""The académie tells our server that a session is over (OpenID Connect); and what is tried in its name."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.federation.models import IdentityProvider
from tests.peers.browser import Visitor
from tests.providers import Journey, is_signed_in, keys_named, oidc, oidc_provider, running_letter_box, signed_by_secret

pytestmark = pytest.mark.django_db


class Sessions:
    """Mrs Dupont, signed in from two computers, and Mrs Fabre from one; each session has its name at the académie."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        self.office, self.home, self.fabre = (Journey(sandbox) for _ in range(3))
        self.office.arrive("dupont", sid="office")
        self.home.arrive("dupont", sid="home")
        self.fabre.arrive("fabre", sid="fabre")

    def claims(self, **changes: Any) -> dict[str, Any]:
        """That the session of the office is over, or what `changes` make of it; None leaves a claim out."""
        told = self.sandbox.provider.logout_claims(self.sandbox.person("academie", "dupont"), "office") | changes
        return {name: value for name, value in told.items() if value is not None}

    def send(self, token: str | None = None, slug: str = "academie", **changes: Any) -> Any:
        """As the provider's server does: no cookie, no token of our forms."""
        sent = self.sandbox.provider.logout_token(self.claims(**changes)) if token is None else token
        client = Client(HTTP_HOST="ent.example", enforce_csrf_checks=True)
        return client.post(reverse("federation:back_channel", args=[slug]), {"logout_token": sent}, secure=True)

    @property
    def open(self) -> set[str]:
        browsers = {"office": self.office, "home": self.home, "fabre": self.fabre}
        return {name for name, one in browsers.items() if is_signed_in(one.client)}

    def refused(self, response: Any) -> None:
        assert response.status_code == 400, "it was believed"
        assert response["Cache-Control"] == "no-store"
        assert self.open == {"office", "home", "fabre"}


@pytest.fixture
def sessions(academie: Any) -> Sessions:
    found = Sessions(academie)
    assert found.open == {"office", "home", "fabre"}
    return found


def test_the_session_that_it_names_is_closed_and_no_other(sessions, cast):
    response = sessions.send()
    assert (response.status_code, response.content) == (200, b"")
    assert response["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response
    assert sessions.open == {"home", "fabre"}
    with scope.use(scope.EVERYTHING):
        told = Record.objects.filter(action="federation.close_sessions", target_id=str(cast.mme_dupont.account_id))
        assert told.get().details == {"provider": "academie"}


def test_a_session_alone_is_enough_to_name_it(sessions):
    assert sessions.send(sub=None).status_code == 200
    assert sessions.open == {"home", "fabre"}


def test_without_a_session_all_those_of_the_person_are_closed(sessions):
    assert sessions.send(sid=None).status_code == 200
    assert sessions.open == {"fabre"}


def test_a_session_that_is_over_already_is_no_fault(sessions):
    assert sessions.send(sid="long ago").status_code == 200
    assert sessions.open == {"office", "home", "fabre"}


def test_a_session_that_the_provider_did_not_open_goes_on(sessions, cast):
    password = cast.signed_in("mme_dupont")
    sessions.send(sid=None)
    assert is_signed_in(password)


def test_the_session_of_another_provider_goes_on_whatever_it_is_called(sessions):
    """Two providers may give one name to two sessions, or to two people."""
    other = oidc.Provider(
        "https://other.example", keys_named("other"), client_id="x", client_secret="x", redirect_uri=""
    )
    oidc_provider(other, "other", name="Autre", client_id="x")
    key = other.jwks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ent.identity.federation.queries.oidc.fetch_json", lambda url: key)
        told = sessions.claims(iss=other.issuer, aud="x")
        assert sessions.send(other.logout_token(told), "other").status_code == 200
        told = sessions.claims(iss=other.issuer, aud="x", sid=None)
        assert sessions.send(other.logout_token(told), "other").status_code == 200
    assert sessions.open == {"office", "home", "fabre"}


def test_a_closed_provider_still_ends_what_it_began(sessions):
    IdentityProvider.objects.update(is_open=False)
    assert sessions.send().status_code == 200
    assert sessions.open == {"home", "fabre"}


def test_clocks_three_minutes_apart_are_no_matter(sessions):
    assert sessions.send(iat=int(time.time()) + 150, exp=int(time.time()) - 150).status_code == 200


def test_the_sandbox_tells_it_from_its_own_server(academie):
    office = Journey(academie)
    visitor = Visitor().go(f"{academie.url}/academie/authorize?{urlencode(office.leave())}")
    visitor.send(person="dupont")
    office.client.get(office.answer(**dict(parse_qsl(urlsplit(visitor.address).query)))["Location"], secure=True)
    assert is_signed_in(office.client)
    with running_letter_box() as box:
        academie.service_url = box.url
        visitor.go(f"{academie.url}/academie/logout")
    [letter] = box.letters
    Client(HTTP_HOST="ent.example").post(reverse("federation:back_channel", args=["academie"]), letter, secure=True)
    assert not is_signed_in(office.client)


# --- What is tried against it ---

FORGED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "another"},
    "for nobody": {"aud": None},
    "expired": {"exp": int(time.time()) - 3600},
    "without end": {"exp": None},
    "of tomorrow": {"iat": int(time.time()) + 86400},
    "of no time": {"iat": None},
    "without a number": {"jti": None},
    "no event": {"events": None},
    "another event": {"events": {"https://evil.example/event": {}}},
    "the event named only": {"events": [oidc.LOGOUT]},
    "the event said to be true": {"events": {oidc.LOGOUT: True}},
    "a nonce": {"nonce": "x"},
    "an empty nonce": {"nonce": ""},
    "of nobody": {"sub": None, "sid": None},
    "of nobody, in so many words": {"sub": "", "sid": ""},
    "of several": {"sub": ["a", "b"]},
    "of several sessions": {"sid": ["office", "home"]},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_does_not_say_all_that_it_must_is_refused(sessions, name):
    sessions.refused(sessions.send(**FORGED[name]))


def test_an_unsigned_token_is_refused(sessions):
    key = OctKey.generate_key()
    sessions.refused(sessions.send(jwt.encode({"alg": "none"}, sessions.claims(), key, algorithms=["none"])))


def test_the_public_key_taken_for_a_secret_is_refused(sessions):
    provider = sessions.sandbox.provider
    public = provider.key.as_pem(private=False)
    sessions.refused(sessions.send(signed_by_secret(sessions.claims(), public, kid=provider.kid)))


def test_a_token_signed_by_the_secret_of_the_client_is_refused(sessions):
    secret = sessions.sandbox.provider.client_secret.encode()
    sessions.refused(sessions.send(signed_by_secret(sessions.claims(), secret)))


def test_a_token_of_another_key_is_refused(sessions):
    header = {"alg": "RS256", "kid": sessions.sandbox.provider.kid}
    stranger = RSAKey.import_key(keys_named("stranger").private)
    sessions.refused(sessions.send(jwt.encode(header, sessions.claims(), stranger)))


def test_a_token_changed_after_it_was_signed_is_refused(sessions):
    head, _, end = sessions.sandbox.provider.logout_token(sessions.claims(sid="other")).split(".")
    body = sessions.sandbox.provider.logout_token(sessions.claims()).split(".")[1]
    sessions.refused(sessions.send(f"{head}.{body}.{end}"))


def test_the_id_token_of_a_sign_in_closes_nothing(sessions):
    provider = sessions.sandbox.provider
    person = sessions.sandbox.person("academie", "dupont")
    sessions.refused(sessions.send(provider.id_token(provider.claims(person, "n") | {"sid": "office"})))


def test_a_token_serves_once(sessions):
    token = sessions.sandbox.provider.logout_token(sessions.claims(sid="long ago"))
    assert sessions.send(token).status_code == 200
    sessions.refused(sessions.send(token))


@pytest.mark.parametrize("nonsense", ["", "x", "a.b.c", "é" * 50, "." * 5000])
def test_nonsense_is_refused(sessions, nonsense):
    sessions.refused(sessions.send(nonsense))


def test_a_provider_whose_keys_cannot_be_read_is_not_believed(sessions):
    row = IdentityProvider.objects.get()
    row.metadata = row.metadata.replace(f"{sessions.sandbox.url}/academie/jwks", "http://127.0.0.1:9/jwks")
    row.save()
    sessions.refused(sessions.send())


def test_there_is_no_such_address_for_a_provider_that_speaks_saml(sessions, educonnect):
    assert sessions.send(slug="educonnect").status_code == 404


def test_the_address_is_given_to_the_region_to_register(sessions, cast):
    officer = cast.signed_in("region_officer")
    text = officer.get(reverse("federation:provider", args=["academie"]), secure=True).content.decode()
    assert "https://ent.example/connexion/externe/academie/deconnexion-directe/" in text
