"""Choosing one's password, and what a provisional one closes."""

import pytest

from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import provisional_password
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.forms import RULES
from tests.cast import PASSWORD, Cast

PAGE = "/mon-compte/mot-de-passe/"
NEW = "Bac-a-sable-42"


def provisional(cast: Cast, name: str = "malo") -> Account:
    account = Account.objects.get(pk=cast.people[name].account_id)
    account.must_change_password = True
    account.activated_at = None
    account.save()
    return account


@pytest.mark.parametrize("path", ["/", "/annuaire/", "/mon-compte/", "/notifications/", "/plus/"])
def test_with_a_provisional_password_every_page_leads_to_the_change(cast: Cast, path: str) -> None:
    provisional(cast)
    answer = cast.signed_in("malo").get(path)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)


def test_nothing_is_written_either_before_the_change(cast: Cast) -> None:
    provisional(cast)
    client = cast.signed_in("malo")
    assert client.post("/mon-compte/", {"theme": "dark"})["Location"] == PAGE
    assert Account.objects.get(pk=cast.malo.account_id).theme == ""


def test_one_may_still_sign_out_and_read_what_the_law_asks(cast: Cast) -> None:
    provisional(cast)
    client = cast.signed_in("malo")
    assert client.get("/mentions-legales/").status_code == 200
    assert client.post("/deconnexion/")["Location"] == "/connexion/"


def test_the_new_password_activates_the_account_and_closes_the_other_sessions(cast: Cast) -> None:
    provisional(cast)
    here, elsewhere = cast.signed_in("malo"), cast.signed_in("malo")
    assert here.get(PAGE).status_code == 200
    assert here.post(PAGE, {"password": NEW}).status_code == 303
    account = Account.objects.get(pk=cast.malo.account_id)
    assert account.check_password(NEW)
    assert account.activated_at
    assert not account.must_change_password
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="signin.change_password").count() == 1


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Court-1", "8 caractères au moins"),
        ("minuscule-12", "une majuscule"),
        ("Sans-chiffre", "un chiffre"),
        ("SansSigne12", "un caractère spécial"),
        ("Malo-2014-tours", "contient votre nom"),
        ("XX-MÔREAU-42", "contient votre nom"),
        ("Password-123", "trop répandu"),
        ("Azerty1!", "trop répandu"),
        (PASSWORD, "mot de passe que vous aviez"),
    ],
)
def test_a_weak_password_is_refused_in_words(cast: Cast, password: str, sentence: str) -> None:
    provisional(cast)
    answer = cast.signed_in("malo").post(PAGE, {"password": password})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Account.objects.get(pk=cast.malo.account_id).must_change_password


def test_who_has_their_own_password_gives_it_first(cast: Cast) -> None:
    client = cast.signed_in("malo")
    wrong = client.post(PAGE, {"current": "faux", "password": NEW})
    assert wrong.status_code == 422
    assert "pas votre mot de passe actuel" in wrong.content.decode()
    assert client.post(PAGE, {"password": NEW}).status_code == 422
    assert client.post(PAGE, {"current": PASSWORD, "password": NEW}).status_code == 303
    assert Account.objects.get(pk=cast.malo.account_id).check_password(NEW)


def test_a_provisional_password_meets_the_rules_itself() -> None:
    given = {provisional_password() for _time in range(200)}
    assert len(given) > 190
    assert all(rule.met_by(password) for password in given for rule in RULES)
