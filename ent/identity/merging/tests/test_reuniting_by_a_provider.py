"""The other account is proved by a provider; and what is tried so that it proves somebody else's."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.directory.enums import ExternalSystem
from ent.directory.models import ExternalId, Person
from ent.foundation.accounts.actions import lock_account
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.queries import entrances
from tests.cast import PASSWORD, Cast
from tests.providers import ExternalIdentity, Idp, our_address, saml, saml_provider  # noqa: F401

PROVE, CONFIRM = "/mon-compte/reunir/", "/mon-compte/reunir/confirmer/"
NUMBERS = {"claire": "4700001", "karim": "4700002", "lucas_father": "4700003"}
SUBJECT = "k" * 96


def numbered(person: Person, number: str) -> None:
    """What ÉduConnect knows a guardian by."""
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(person=person, system=ExternalSystem.AAF_GUARDIAN, issuer="18", value=number)


@pytest.fixture
def idp(cast: Cast) -> Idp:
    """Claire's browser, signed in and proved a moment ago; ÉduConnect knows her, and Karim, which is her too."""
    with scope.use(scope.EVERYTHING):
        saml_provider()
    for name in ("claire", "karim"):
        numbered(cast.people[name], NUMBERS[name])
    return Idp(proved(cast.signed_in("claire")))


def proved(client: Client, ago: timedelta = timedelta()) -> Client:
    session = client.session
    session["proved_at"] = (timezone.now() - ago).timestamp()
    session.save()
    return client


def answer(idp: Idp, *names: str, purpose: str = "reunion") -> str:
    """What ÉduConnect says of whoever has come: that they are these."""
    saying = idp.leave(f"?pour={purpose}&next={PROVE}")
    references = tuple(f"{{AAF}}18|x|{NUMBERS[name]}" for name in names)
    saying.attributes = {"FrEduCtId": (SUBJECT,), "FrEduCtRefId": references}
    return saml.sign(saml.response(saying), idp.keys)


def page(client: Client, address: str) -> str:
    return client.get(address, secure=True).content.decode()


def two_remain(cast: Cast) -> bool:
    with scope.use(scope.EVERYTHING):
        return Person.objects.filter(pk__in=[cast.claire.pk, cast.karim.pk]).count() == 2


def not_proved(idp: Idp, cast: Cast, response: Any) -> None:
    """It leads nowhere near a merging, and there is none."""
    assert response["Location"] != CONFIRM
    assert idp.client.post(CONFIRM, secure=True)["Location"] == PROVE
    assert two_remain(cast)


def test_the_account_that_a_provider_opens_is_shown_then_one_remains(idp, cast):
    assert "Le prouver par ÉduConnect" in page(idp.client, PROVE)
    response = idp.arrive(answer(idp, "karim"))
    assert response["Location"] == CONFIRM
    shown = page(idp.client, CONFIRM)
    for words in ("claire.moreau", "karim.benali", "Sofia Benali", "Inès Moreau"):
        assert words in shown
    assert two_remain(cast), "nothing is done before it is confirmed"
    assert idp.client.post(CONFIRM, secure=True).status_code == 303
    assert not two_remain(cast)
    assert not Account.objects.get(pk=cast.karim.account_id).is_active
    assert idp.client.session["_auth_user_id"] == str(cast.claire.account_id)
    with scope.use(scope.EVERYTHING):
        told = Record.objects.filter(action="directory.merge_people")
        assert {(one.actor_label, one.details["proof"]) for one in told} == {("Claire Moreau", "educonnect")}


def test_the_journal_tells_a_password_from_a_provider(idp, cast):
    typed = {"identifier": cast.karim.account.identifier, "password": PASSWORD}
    idp.client.post(PROVE, typed, secure=True)
    idp.client.post(CONFIRM, secure=True)
    with scope.use(scope.EVERYTHING):
        assert {one.details["proof"] for one in Record.objects.filter(action="directory.merge_people")} == {"password"}


def test_a_provider_is_asked_for_a_fresh_proof(idp):
    """Somebody else of the house may still be signed in there."""
    response = idp.client.get(reverse("federation:leave", args=["educonnect"]) + "?pour=reunion", secure=True)
    asked = saml.read_question(saml.read_redirect(response["Location"].partition("?")[2], "SAMLRequest"))
    assert asked.is_forced


def test_an_identity_of_both_proves_the_other(idp, cast):
    assert idp.arrive(answer(idp, "claire", "karim"))["Location"] == CONFIRM


def test_what_opened_the_other_account_opens_the_one_that_remains(idp, cast):
    other = Idp(Client(HTTP_HOST="ent.example"))
    other.arrive(answer(other, "karim", purpose=""))
    with scope.use(scope.EVERYTHING):
        assert ExternalIdentity.objects.get().account == cast.karim.account
    idp.arrive(answer(idp, "karim"))
    idp.client.post(CONFIRM, secure=True)
    again = Idp(Client(HTTP_HOST="ent.example"))
    again.arrive(answer(again, "karim", purpose=""))
    assert again.client.session["_auth_user_id"] == str(cast.claire.account_id)


# --- What is tried ---


def test_ones_own_account_is_not_another(idp, cast):
    response = idp.arrive(answer(idp, "claire"))
    assert "déjà votre compte" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)


def test_an_identity_that_opens_nothing_proves_nothing(idp, cast):
    response = idp.arrive(answer(idp, "lucas_father"))
    assert "ne mène à aucun compte" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)


def test_an_identity_that_opens_two_other_accounts_proves_neither(idp, cast):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(person=cast.malo, system=ExternalSystem.AAF_PUPIL, issuer="18", value="4700002")
    response = idp.arrive(answer(idp, "karim"))
    assert "plusieurs autres comptes" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)


def test_an_account_that_is_locked_is_not_taken(idp, cast):
    lock_account(cast.karim.account, reason="essai", by=SYSTEM)
    response = idp.arrive(answer(idp, "karim"))
    assert "Ce compte est bloqué" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)


def test_a_guarded_account_is_not_proved_by_a_provider_alone(idp, cast, monkeypatch):
    guarded = cast.karim.account_id
    monkeypatch.setitem(entrances.second_factors._items, "trial", lambda account: account.pk == guarded)
    response = idp.arrive(answer(idp, "karim"))
    assert "a une seconde preuve" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)


def test_it_is_asked_only_of_whoever_has_just_proved_their_own(idp, cast):
    address = reverse("federation:leave", args=["educonnect"]) + "?pour=reunion"
    proved(idp.client, ago=timedelta(minutes=11))
    assert idp.client.get(address, secure=True)["Location"].startswith(reverse("secondfactor:confirm"))
    stranger = Client(HTTP_HOST="ent.example")
    assert stranger.get(address, secure=True)["Location"].startswith(reverse("signin:sign_in"))


def test_a_proof_of_a_while_ago_confirms_nothing(idp, cast):
    idp.arrive(answer(idp, "karim"))
    proved(idp.client, ago=timedelta(minutes=11))
    response = idp.client.post(CONFIRM, secure=True)
    assert response["Location"].startswith(reverse("secondfactor:confirm"))
    assert two_remain(cast)


def test_what_comes_to_enter_or_to_link_proves_no_other_account(idp, cast):
    not_proved(idp, cast, idp.arrive(answer(idp, "karim", purpose="lien")))
    response = idp.arrive(answer(idp, "karim", purpose="preuve"))
    not_proved(idp, cast, response)
    with scope.use(scope.EVERYTHING):
        assert not ExternalIdentity.objects.exists()


def test_what_comes_to_prove_another_account_neither_enters_nor_links(idp, cast):
    idp.arrive(answer(idp, "karim"))
    assert idp.client.session["_auth_user_id"] == str(cast.claire.account_id)
    with scope.use(scope.EVERYTHING):
        assert not ExternalIdentity.objects.exists()


@pytest.mark.parametrize("who", ["karim", "malo", "stranger", "claire"])
def test_the_arrival_taken_to_another_browser_proves_nothing_there(idp, cast, who):
    """Nor to one of the same person, once it has served."""
    response = idp.answer(answer(idp, "karim"))
    kept = response.cookies["ent_arrival"].value
    thief = cast.signed_in(who)
    if who != "stranger":
        proved(thief)
    if who == "claire":
        idp.client.get(reverse("federation:arrive"), secure=True)
    thief.cookies["ent_arrival"] = kept
    assert thief.get(reverse("federation:arrive"), secure=True)["Location"] != CONFIRM
    if who != "stranger":
        assert thief.post(CONFIRM, secure=True)["Location"] == PROVE
    assert two_remain(cast)


def test_the_answer_taken_to_another_browser_is_refused(idp, cast):
    xml, relay = answer(idp, "karim"), idp.relay
    thief = Idp(proved(cast.signed_in("malo")))
    assert thief.answer(xml, relay=relay)["Location"] == "/"
    assert thief.client.post(CONFIRM, secure=True)["Location"] == PROVE


def test_somebody_else_who_signs_in_meanwhile_is_not_merged(idp, cast):
    xml, ways = answer(idp, "karim"), copy.copy(idp.client.cookies)
    idp.client.force_login(cast.malo.account)
    ways["ent_session"] = idp.client.cookies["ent_session"].value
    idp.client.cookies = ways
    proved(idp.client)
    assert idp.arrive(xml)["Location"] == "/"
    assert idp.client.post(CONFIRM, secure=True)["Location"] == PROVE


def test_the_proof_of_the_other_account_ends_with_its_password(idp, cast):
    idp.arrive(answer(idp, "karim"))
    account = Account.objects.get(pk=cast.karim.account_id)
    account.set_password("Autre-1519!")
    account.save()
    assert idp.client.post(CONFIRM, secure=True)["Location"] == PROVE
    assert two_remain(cast)


def test_two_learners_a_parent_and_their_child_stay_two_whoever_proves_it(idp, cast):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(person=cast.malo, system=ExternalSystem.AAF_PUPIL, issuer="18", value="4700003")
    response = idp.arrive(answer(idp, "lucas_father"))
    assert "responsable de l’autre" in page(idp.client, response["Location"])
    not_proved(idp, cast, response)
