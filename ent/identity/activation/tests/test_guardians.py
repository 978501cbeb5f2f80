"""Guardians open one account for all their children, by a link good for 48 hours; nobody learns who has one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from ent.core.tests.queue import run_jobs
from ent.directory.models import Person
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.models import MailedLink, ProvenAddress
from tests.cast import Cast

NEW = "Quai-12-pivoines"


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST="ent.example")


@pytest.fixture
def waiting(cast: Cast) -> Cast:
    """Claire has never opened her account."""
    Account.objects.filter(pk=cast.claire.account_id).update(activated_at=None, password="!")
    return cast


def remind(cast: Cast) -> None:
    division = cast.divisions["5e B"].pk
    assert cast.signed_in("m_tessier").post(
        "/administration/activation/classes/", {"geste": "relancer", "classe": division}
    )
    run_jobs()


def path_in(letter: Any) -> str:
    found = re.search(r"http://[^/\s]+(/activation/\S+)", letter.body)
    assert found
    return found.group(1)


def test_the_school_sends_a_link_and_the_account_comes_to_life(waiting: Cast, browser: Client) -> None:
    remind(waiting)
    [letter] = mail.outbox
    assert letter.to == ["claire@ent.example"]
    assert "Claire Moreau" in letter.body
    path = path_in(letter)
    page = browser.get(path).content.decode()
    for words in ("Bienvenue, Claire Moreau", "Inès Moreau", "2de 4, Lycée Jeanne-de-Touraine", "Malo Moreau"):
        assert words in page
    answer = browser.post(path, {"password": NEW})
    assert answer["Location"] == "/"
    assert browser.get("/").status_code == 200
    account = Account.objects.get(pk=waiting.claire.account_id)
    assert account.activated_at
    assert account.check_password(NEW)
    with scope.use(scope.EVERYTHING):
        assert ProvenAddress.objects.get(account=account).address == "claire@ent.example"
        told = Record.objects.filter(action="activation.activate_account").values_list("school_id", flat=True)
        assert set(told) == {waiting.lycee.pk, waiting.college.pk}


def test_opening_the_link_changes_nothing(waiting: Cast, browser: Client) -> None:
    remind(waiting)
    path = path_in(mail.outbox[0])
    for _scanner in range(3):
        assert browser.get(path).status_code == 200
    assert Account.objects.get(pk=waiting.claire.account_id).activated_at is None
    assert browser.post(path, {"password": NEW}).status_code == 303


def test_a_link_used_twice_says_that_the_account_is_open(waiting: Cast, browser: Client) -> None:
    remind(waiting)
    path = path_in(mail.outbox[0])
    browser.post(path, {"password": NEW})
    again = Client(HTTP_HOST="ent.example").post(path, {"password": "Autre-hibou-8"})
    assert again.status_code == 410
    assert "votre compte est ouvert" in again.content.decode()
    assert Account.objects.get(pk=waiting.claire.account_id).check_password(NEW)


def test_an_expired_link_offers_a_new_one_where_one_is(waiting: Cast, browser: Client) -> None:
    remind(waiting)
    path = path_in(mail.outbox[0])
    with scope.use(scope.EVERYTHING):
        link = MailedLink.objects.get()
        assert link.expires_at - link.created_at == pytest.approx(timedelta(hours=48), abs=timedelta(seconds=5))
        MailedLink.objects.update(expires_at=timezone.now())
    page = browser.post(path, {"password": NEW})
    assert page.status_code == 410
    assert "Recevoir un nouveau lien" in page.content.decode()
    assert browser.post("/premiere-connexion/", {"typed": "Claire@ent.example"}).status_code == 303
    run_jobs()
    assert browser.post(path_in(mail.outbox[-1]), {"password": NEW}).status_code == 303


@pytest.mark.parametrize("typed", ["personne@ent.example", "karim@ent.example", "mme.dupont@ent.example"])
def test_an_address_that_activates_nothing_is_answered_alike(waiting: Cast, browser: Client, typed: str) -> None:
    """Nobody's; that of an account already open; that of somebody who does not activate by link."""
    Account.objects.filter(pk=waiting.mme_dupont.account_id).update(activated_at=None)
    answer = browser.post("/premiere-connexion/", {"typed": typed})
    assert (answer.status_code, answer["Location"]) == (303, "/premiere-connexion/envoye/")
    run_jobs()
    assert mail.outbox == []


def test_two_guardians_of_one_address_each_open_their_own_account(waiting: Cast, browser: Client) -> None:
    Account.objects.filter(pk=waiting.karim.account_id).update(activated_at=None)
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=waiting.karim.pk).update(email=waiting.claire.email)
    browser.post("/premiere-connexion/", {"typed": waiting.claire.email})
    run_jobs()
    names = {re.search(r"Bonjour (.+),", letter.body).group(1): path_in(letter) for letter in mail.outbox}
    assert set(names) == {"Claire Moreau", "Karim Benali"}
    assert "Bienvenue, Karim Benali" in browser.get(names["Karim Benali"]).content.decode()


def test_a_link_of_another_purpose_opens_nothing_here(waiting: Cast, browser: Client) -> None:
    Account.objects.filter(pk=waiting.claire.account_id).update(activated_at=timezone.now())
    browser.post("/mot-de-passe-oublie/", {"typed": "claire@ent.example"})
    run_jobs()
    token = re.search(r"/mot-de-passe-oublie/(\S+)/", mail.outbox[0].body).group(1)
    assert browser.get(f"/activation/{token}/").status_code == 410


def test_who_has_opened_their_account_is_not_reminded(cast: Cast) -> None:
    remind(cast)
    assert mail.outbox == []


def test_a_form_without_a_class_says_what_to_do(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    client.post("/administration/activation/classes/", {"geste": "relancer", "classe": "999999"})
    assert "Choisissez d’abord une classe" in client.get("/administration/activation/").content.decode()


@pytest.mark.parametrize("password", ["x" * 300, "Co-urt1", "Claire-moreau-1", "Password-1"])
def test_a_password_that_will_not_do_keeps_the_link(waiting: Cast, browser: Client, password: str) -> None:
    remind(waiting)
    path = path_in(mail.outbox[0])
    refused = browser.post(path, {"password": password})
    assert (refused.status_code, browser.post(path, {"password": NEW}).status_code) == (422, 303)
