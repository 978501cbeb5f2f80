"""A password forgotten: a link for whoever reads the mail, the same page for everybody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from ent.core.tests.queue import run_jobs, waiting
from ent.foundation.accounts.models import Account, FailedPassword, WebSession
from ent.foundation.audit.models import Record
from ent.foundation.notifications.models import Notification
from ent.foundation.schools import scope
from ent.identity.signin.models import AskedLink, LinkRequest, MailedLink, ProvenAddress
from ent.identity.signin.queries.addresses import address_key
from ent.identity.signin.queries.entrances import Challenge, challenges
from tests.cast import PASSWORD, Cast

ASK, NEW = "/mot-de-passe-oublie/", "Trois-hiboux-7"


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST="ent.example")


def ask(browser: Client, typed: str, page: str = ASK) -> Any:
    return browser.post(page, {"typed": typed})


def link_in(letter: Any) -> str:
    found = re.search(r"http://[^/\s]+(/mot-de-passe-oublie/\S+)", letter.body)
    assert found
    return found.group(1)


def mailed(browser: Client, typed: str = "claire@ent.example") -> str:
    """The path of the link that somebody receives."""
    ask(browser, typed)
    run_jobs()
    return link_in(mail.outbox[-1])


def test_the_link_of_the_mail_gives_a_new_password_and_lets_in(cast: Cast, browser: Client) -> None:
    path = mailed(browser)
    assert "claire.moreau" in browser.get(path).content.decode()
    answer = browser.post(path, {"password": NEW})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    assert Account.objects.get(pk=cast.claire.account_id).check_password(NEW)


def test_opening_the_link_changes_nothing(cast: Cast, browser: Client) -> None:
    path = mailed(browser)
    for _scanner in range(3):
        assert browser.get(path).status_code == 200
    assert Account.objects.get(pk=cast.claire.account_id).check_password(PASSWORD)
    assert browser.post(path, {"password": NEW}).status_code == 303


def test_a_link_serves_once(cast: Cast, browser: Client) -> None:
    path = mailed(browser)
    browser.post(path, {"password": NEW})
    again = Client(HTTP_HOST="ent.example").post(path, {"password": "Autre-hibou-8"})
    assert again.status_code == 410
    assert "déjà servi" in again.content.decode()
    assert Account.objects.get(pk=cast.claire.account_id).check_password(NEW)


def test_a_link_is_over_after_two_hours(cast: Cast, browser: Client) -> None:
    path = mailed(browser)
    with scope.use(scope.EVERYTHING):
        MailedLink.objects.update(expires_at=timezone.now())
    assert browser.post(path, {"password": NEW}).status_code == 410


def test_a_refused_password_keeps_the_link_and_says_what_is_missing(cast: Cast, browser: Client) -> None:
    path = mailed(browser)
    page = browser.post(path, {"password": "claire-moreau-1A"})
    assert page.status_code == 422
    assert "contient votre nom" in page.content.decode()
    assert browser.post(path, {"password": NEW}).status_code == 303


def test_every_other_session_ends_and_the_person_is_told(cast: Cast, browser: Client) -> None:
    elsewhere = cast.signed_in("claire")
    path = mailed(browser)
    browser.post(path, {"password": NEW})
    assert elsewhere.get("/").status_code == 303
    assert WebSession.objects.filter(account=cast.claire.account).count() == 1
    run_jobs()
    assert mail.outbox[-1].subject == "Votre mot de passe a été changé"
    with scope.use(scope.EVERYTHING):
        assert Notification.objects.filter(name="signin.password_chosen").exists()
        told = Record.objects.filter(action="recovery.recover_password").values_list("school_id", flat=True)
        assert set(told) == {cast.lycee.pk, cast.college.pk}


def test_a_new_password_forgets_the_wrong_ones(cast: Cast, browser: Client) -> None:
    for _try in range(10):
        browser.post("/connexion/", {"identifier": "claire.moreau", "password": "faux"})
    browser.post(mailed(browser), {"password": NEW})
    assert not FailedPassword.objects.exists()


def test_the_second_proof_is_asked_all_the_same(cast: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    further = Challenge("signin:nothing_open", lambda request, account, method: method == "link")
    monkeypatch.setitem(challenges._items, "trial", further)
    assert browser.post(mailed(browser), {"password": NEW})["Location"] == "/connexion/sans-acces/"
    assert browser.get("/").status_code == 303


# --- Who exists, nobody learns ---


def statements(browser: Client, typed: str, page: str) -> list[str]:
    """What PostgreSQL is asked while somebody asks for a link."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(re.sub(r"_x\d+", "", sql))  # savepoints are numbered
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = ask(browser, typed, page)
    assert (answer.status_code, answer["Location"]) == (303, "/mot-de-passe-oublie/envoye/")
    return seen


@pytest.mark.parametrize("page", [ASK, "/identifiant-oublie/"])
def test_known_or_not_the_answer_is_the_same_after_the_same_work(cast: Cast, browser: Client, page: str) -> None:
    known = statements(browser, "claire@ent.example", page)
    unknown = statements(Client(HTTP_HOST="ent.example"), "personne@ent.example", page)
    assert known
    assert known == unknown
    assert len(waiting()) == 2
    assert mail.outbox == []


@pytest.mark.parametrize("typed", ["personne@ent.example", "nobody", "mme.moreau@", "x" * 254, "é'\"<script>"])
def test_what_names_nobody_sends_nothing(cast: Cast, browser: Client, typed: str) -> None:
    ask(browser, typed)
    run_jobs()
    assert mail.outbox == []
    with scope.use(scope.EVERYTHING):
        assert not LinkRequest.objects.exists()


def test_the_identifier_does_as_well_as_the_address(cast: Cast, browser: Client) -> None:
    ask(browser, "Claire.Moreau")
    run_jobs()
    assert [letter.to for letter in mail.outbox] == [["claire@ent.example"]]


def test_the_address_that_was_proved_comes_before_the_one_of_the_files(cast: Cast, browser: Client) -> None:
    address = "claire@famille.example"
    with scope.use(scope.EVERYTHING):
        ProvenAddress.objects.create(account=cast.claire.account, address=address, key=address_key(address))
    ask(browser, "claire@ent.example")
    ask(browser, "claire.moreau")
    run_jobs()
    assert [letter.to for letter in mail.outbox] == [[address]]


def test_two_people_of_one_address_each_get_their_own_link(cast: Cast, browser: Client) -> None:
    with scope.use(scope.EVERYTHING):
        type(cast.karim).objects.filter(pk=cast.karim.pk).update(email=cast.claire.email)
    ask(browser, cast.claire.email, "/identifiant-oublie/")
    run_jobs()
    bodies = "".join(letter.body for letter in mail.outbox)
    assert len(mail.outbox) == 2
    assert "claire.moreau" in bodies
    assert "karim.benali" in bodies
    assert len({link_in(letter) for letter in mail.outbox}) == 2


def test_a_locked_account_and_one_never_activated_receive_nothing(cast: Cast, browser: Client) -> None:
    Account.objects.filter(pk=cast.claire.account_id).update(locked_at=timezone.now())
    Account.objects.filter(pk=cast.karim.account_id).update(activated_at=None)
    for address in ("claire@ent.example", "karim@ent.example"):
        ask(browser, address)
    run_jobs()
    assert mail.outbox == []


def test_one_address_is_not_flooded(cast: Cast, browser: Client) -> None:
    for _time in range(5):
        assert ask(browser, "claire@ent.example").status_code == 303
    sixth = ask(browser, "Claire@ent.example ")
    assert sixth.status_code == 422
    assert "dans une heure" in sixth.content.decode()
    with scope.use(scope.EVERYTHING):
        AskedLink.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert ask(browser, "claire@ent.example").status_code == 303


def test_the_mail_names_our_own_address_whatever_the_browser_says(cast: Cast, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    evil = Client(HTTP_HOST="evil.example")
    ask(evil, "claire@ent.example")
    run_jobs()
    assert "evil.example" not in mail.outbox[0].body
    assert settings.PUBLIC_URL in mail.outbox[0].body


@pytest.mark.parametrize("token", ["abc", "1-", "1-AAAAAAAAAAAAAAAAAAAAAA", "zz-zz", "..%2f", "9" * 40 + "-a"])
def test_a_token_that_was_guessed_opens_nothing(cast: Cast, browser: Client, token: str) -> None:
    assert browser.get(f"/mot-de-passe-oublie/{token}/").status_code in {404, 410}


# --- Pupils without an address ---


def test_a_pupil_asks_and_those_who_can_help_are_told_once(cast: Cast, browser: Client) -> None:
    for _time in range(2):
        assert browser.post(f"{ASK}aide/", {"identifier": "inès.moreau"}).status_code == 200
    run_jobs()
    with scope.use(scope.EVERYTHING):
        lines = Notification.objects.filter(name="recovery.pupil_asks_help")
        assert [line.account_id for line in lines] == [cast.mme_fabre.account_id]
        assert "Inès Moreau n’a plus son mot de passe" in lines[0].title


def test_an_invented_pupil_is_answered_alike_and_nobody_is_told(cast: Cast, browser: Client) -> None:
    pages = [browser.post(f"{ASK}aide/", {"identifier": name}).content.decode() for name in ("ines.moreau", "nobody")]
    assert len({re.sub(r'value="[^"]*"', "", page) for page in pages}) == 1


def test_the_head_teacher_hands_a_new_password_over_and_it_is_shown_once(cast: Cast) -> None:
    client = cast.signed_in("mme_fabre")
    page = client.get(f"/annuaire/{cast.ines.pk}/mot-de-passe/").content.decode()
    version = re.search(r'name="version" value="([^"]+)"', page).group(1)
    answer = client.post(f"/annuaire/{cast.ines.pk}/mot-de-passe/", {"version": version})
    sheet = client.get(answer["Location"]).content.decode()
    assert "Mot de passe provisoire" in sheet
    assert "Mot de passe provisoire" not in client.get(answer["Location"]).content.decode()
    assert Account.objects.get(pk=cast.ines.account_id).must_change_password


@pytest.mark.parametrize("name", ["mme_dupont", "m_lemaire", "claire"])
def test_nobody_else_of_the_school_does(cast: Cast, name: str) -> None:
    assert cast.signed_in(name).post(f"/annuaire/{cast.ines.pk}/mot-de-passe/").status_code == 403
