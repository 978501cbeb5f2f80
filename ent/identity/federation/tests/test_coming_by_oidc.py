"""Coming in by the académie's directory, in OpenID Connect with a real server; and what is tried against it."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from ent.directory.models import Person
from ent.foundation.schools import scope
from ent.identity.federation.models import ExternalIdentity, IdentityProvider
from tests.providers import Journey, is_signed_in, keys_named, signed_by_secret

pytestmark = pytest.mark.django_db

ANSWER = "/connexion/externe/academie/retour/"


def refused(journey: Journey, response: Any) -> None:
    assert response.status_code == 422, "it was believed"
    assert not is_signed_in(journey.client)
    assert "ent_arrival" not in response.cookies


def test_a_teacher_comes_in_by_her_professional_address_and_sets_up_a_second_proof(journey, cast):
    journey.arrive("fabre")
    assert journey.client.session["_auth_user_id"] == str(cast.mme_fabre.account_id)
    assert journey.client.get("/", secure=True)["Location"] == reverse("secondfactor:setup")
    with scope.use(scope.EVERYTHING):
        assert ExternalIdentity.objects.get().account == cast.mme_fabre.account


def test_the_request_carries_what_protects_it(journey):
    asked = journey.leave()
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["nonce"]) >= 43
    assert asked["redirect_uri"] == "https://ent.example" + ANSWER


def test_the_academie_never_opens_a_parents_account(journey):
    assert journey.arrive("claire")["Location"] == reverse("federation:nobody")
    assert not is_signed_in(journey.client)


def test_an_address_that_nobody_has_leads_to_the_page_that_helps(journey):
    assert journey.arrive("nobody")["Location"] == reverse("federation:nobody")


def test_an_address_that_two_people_share_leads_to_a_choice(journey, cast):
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=cast.m_lemaire.pk).update(email=cast.mme_fabre.email)
    assert journey.arrive("fabre")["Location"] == reverse("federation:choose")


def test_somebody_who_says_no_is_told_calmly(journey):
    asked = journey.leave()
    response = journey.answer(state=asked["state"], error="access_denied")
    refused(journey, response)
    assert "n’a pas confirmé" in response.content.decode()


def test_signing_out_here_signs_out_there(journey, academie):
    journey.arrive("dupont")
    text = journey.client.post(reverse("signin:sign_out"), secure=True).content.decode()
    assert academie.provider.issuer + "/logout?id_token_hint=" in text.replace("&amp;", "&")


# --- What is tried against it ---

FORGED: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "for another client": {"aud": "another"},
    "for two clients, asked by the other": {"aud": ["mon-ent-touraine", "another"], "azp": "another"},
    "for two clients, asked by nobody": {"aud": ["mon-ent-touraine", "another"]},
    "expired": {"exp": int(time.time()) - 3600},
    "of tomorrow": {"iat": int(time.time()) + 86400},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_was_not_made_for_this_is_refused(journey, academie, monkeypatch, name):
    honest = academie.provider.claims

    def claims(person, nonce):
        told = honest(person, nonce) | FORGED[name]
        return {key: value for key, value in told.items() if value is not None}

    monkeypatch.setattr(academie.provider, "claims", claims)
    refused(journey, journey.enter("fabre"))


def test_an_unsigned_token_is_refused(journey, academie, monkeypatch):
    def unsigned(claims):
        return jwt.encode({"alg": "none"}, dict(claims), OctKey.generate_key(), algorithms=["none"])

    monkeypatch.setattr(academie.provider, "id_token", unsigned)
    refused(journey, journey.enter("fabre"))


def test_the_public_key_taken_for_a_secret_is_refused(journey, academie, monkeypatch):
    public, sent = academie.provider.key.as_pem(private=False), []

    def confused(claims):
        sent.append(signed_by_secret(claims, public, kid=academie.provider.kid))
        return sent[0]

    monkeypatch.setattr(academie.provider, "id_token", confused)
    refused(journey, journey.enter("fabre"))
    assert sent, "it never came"


def test_a_token_of_another_key_is_refused(journey, academie, monkeypatch):
    stranger = RSAKey.import_key(keys_named("stranger").private)
    kid = academie.provider.kid

    def forged(claims):
        return jwt.encode({"alg": "RS256", "kid": kid}, dict(claims), stranger)

    monkeypatch.setattr(academie.provider, "id_token", forged)
    refused(journey, journey.enter("fabre"))


def test_a_key_that_has_changed_is_read_again(journey, academie):
    journey.arrive("fabre")
    academie.provider.key = RSAKey.import_key(keys_named("changed").private)
    academie.provider.kid = "changed"
    again = Journey(academie)
    again.arrive("fabre")
    assert is_signed_in(again.client)


def test_a_code_serves_once(journey, academie):
    asked = journey.leave()
    code = journey.code(asked, "fabre")
    kept = dict(journey.client.cookies)
    assert journey.answer(state=asked["state"], code=code).status_code == 303
    journey.client.cookies.load(kept)
    refused(journey, journey.answer(state=asked["state"], code=code))


def test_a_code_stolen_on_the_way_is_of_no_use_to_another_browser(journey, academie):
    stolen = journey.code(journey.leave(), "fabre")
    thief = Journey(academie)
    asked = thief.leave()
    refused(thief, thief.answer(state=asked["state"], code=stolen))


def test_an_answer_that_another_browser_asked_for_is_refused(journey, academie):
    asked = journey.leave()
    victim = Journey(academie)
    refused(victim, victim.answer(state=asked["state"], code=journey.code(asked, "dupont")))


def test_an_answer_that_names_another_issuer_is_refused(journey):
    asked = journey.leave()
    response = journey.answer(state=asked["state"], code=journey.code(asked, "fabre"), iss="https://evil.example")
    refused(journey, response)


def test_the_userinfo_of_somebody_else_is_refused(journey, academie, monkeypatch):
    honest = academie.provider.userinfo
    monkeypatch.setattr(academie.provider, "userinfo", lambda token: honest(token) | {"sub": "another"})
    refused(journey, journey.enter("fabre"))


def test_an_address_that_the_provider_has_not_verified_opens_nothing(journey, academie, monkeypatch):
    honest = academie.provider.userinfo
    monkeypatch.setattr(academie.provider, "userinfo", lambda token: honest(token) | {"email_verified": False})
    assert journey.arrive("fabre")["Location"] == reverse("federation:nobody")


def test_a_provider_that_is_down_is_said_to_be(journey, academie):
    asked = journey.leave()
    code = journey.code(asked, "fabre")
    row = IdentityProvider.objects.get()
    row.metadata = row.metadata.replace(f"{academie.url}/academie/token", "http://127.0.0.1:9/token")
    row.save()
    response = journey.answer(state=asked["state"], code=code)
    refused(journey, response)
    assert "ne répond pas" in response.content.decode()


def test_a_closed_provider_does_not_exist(journey, academie):
    IdentityProvider.objects.update(is_open=False)
    assert journey.client.get(reverse("federation:leave", args=["academie"]), secure=True).status_code == 404


def test_an_answer_by_the_other_protocols_method_is_refused(journey):
    asked = journey.leave()
    response = journey.client.post(ANSWER, {"RelayState": asked["state"], "SAMLResponse": "x"}, secure=True)
    refused(journey, response)


def test_the_secret_of_the_client_is_not_in_the_address(journey, academie):
    response = journey.client.get(reverse("federation:leave", args=["academie"]), secure=True)
    assert academie.provider.client_secret not in response["Location"]
    assert "code_verifier" not in parse_qs(urlsplit(response["Location"]).query)
