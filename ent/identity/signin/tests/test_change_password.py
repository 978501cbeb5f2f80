"""Choosing one's password, and what a provisional one closes."""

import unicodedata

import pytest
from django.test import Client

from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import provisional_password
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.queries.entrances import second_factors
from ent.identity.signin.queries.passwords import Policy
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
    assert all(rule.met_by(password) for password in given for rule in Policy(8, ()).rules)


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("mme_fabre", "Hibou-77", "12 caractères au moins"),
        ("malo", " Trois-hiboux-7", "espace au début"),
        ("malo", "Trois-hiboux-7\u00a0", "espace au début"),
        ("malo", "M0r34u-hiboux", "contient votre nom"),
        ("malo", "Hiboux-03062014", "contient votre nom"),
        ("malo", "Tr-1" + "x" * 300, "200 caractères au plus"),
    ],
)
def test_what_will_not_do_says_why(cast: Cast, name: str, password: str, said: str) -> None:
    Account.objects.filter(pk=cast.people[name].account_id).update(must_change_password=True)
    page = cast.signed_in(name).post(PAGE, {"password": password})
    assert page.status_code == 422
    assert said in page.content.decode()


def test_staff_guarded_by_a_second_factor_may_have_a_shorter_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(second_factors._items, "trial", lambda account: True)
    Account.objects.filter(pk=cast.mme_fabre.account_id).update(must_change_password=True)
    assert cast.signed_in("mme_fabre").post(PAGE, {"password": "Hibou-77"}).status_code == 303


def test_an_accent_in_one_sign_or_two_is_the_same_password(cast: Cast, client: Client) -> None:
    account = Account.objects.get(pk=cast.malo.account_id)
    account.set_password("Élan-hiboux-7")
    account.save()
    typed = unicodedata.normalize("NFD", "Élan-hiboux-7")
    assert typed != "Élan-hiboux-7"
    answer = client.post("/connexion/", {"identifier": account.identifier, "password": typed})
    assert answer["Location"] == "/"
