"""Sheets for pupils: a password nobody reads again, handed out once, that opens for a while."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.directory.models import Person
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.activation.actions import issue_sheets
from ent.identity.activation.exports import sheets_pdf
from ent.identity.activation.queries import Sheet, follow_up, learners_to_activate, sheets_version
from tests.cast import Cast


@pytest.fixture
def waiting(cast: Cast) -> Cast:
    """Malo and his mother have not opened their accounts."""
    for person in (cast.malo, cast.claire):
        Account.objects.filter(pk=person.account_id).update(activated_at=None)
    return cast


def issued(cast: Cast, days: int = 90) -> list[Sheet]:
    division = cast.divisions["5e B"]
    with scope.use(scope.EVERYTHING):
        version = sheets_version(learners_to_activate(division))
        until = timezone.now() + timedelta(days=days)
        return issue_sheets(division, version=version, until=until, by=SYSTEM)


def enter(sheet: Sheet) -> Any:
    client = Client(HTTP_HOST="ent.example")
    return client.post("/connexion/", {"identifier": sheet.person.account.identifier, "password": sheet.password})


def test_the_password_of_the_sheet_leads_to_choosing_ones_own(waiting: Cast) -> None:
    [sheet] = issued(waiting)
    assert sheet.person == waiting.malo
    assert enter(sheet)["Location"] == "/mon-compte/mot-de-passe/"


def test_it_is_nowhere_to_be_read(waiting: Cast) -> None:
    [sheet] = issued(waiting)
    account = Account.objects.get(pk=waiting.malo.account_id)
    assert account.password.startswith("argon2")
    with scope.use(scope.EVERYTHING):
        assert not any(sheet.password in str(row.details) for row in Record.objects.all())


def test_a_sheet_is_over_after_its_time_and_says_so_to_who_has_it(waiting: Cast) -> None:
    [sheet] = issued(waiting, days=-1)
    assert "n’est plus valable" in enter(sheet).content.decode()


def test_new_sheets_end_those_before(waiting: Cast) -> None:
    [first] = issued(waiting)
    [second] = issued(waiting)
    assert enter(first).status_code == 422
    assert enter(second).status_code == 303


def test_a_form_sent_twice_makes_one_set(waiting: Cast) -> None:
    division = waiting.divisions["5e B"]
    with scope.use(scope.EVERYTHING):
        version = sheets_version(learners_to_activate(division))
    with scope.use(scope.EVERYTHING):
        issue_sheets(division, version=version, until=timezone.now(), by=SYSTEM)
    with scope.use(scope.EVERYTHING), pytest.raises(Refused, match="viennent d’être éditées"):
        issue_sheets(division, version=version, until=timezone.now(), by=SYSTEM)


def test_who_has_opened_their_account_keeps_it(waiting: Cast) -> None:
    Account.objects.filter(pk=waiting.malo.account_id).update(activated_at=timezone.now())
    assert issued(waiting) == []


def test_opening_the_page_changes_nothing(waiting: Cast) -> None:
    before = Account.objects.get(pk=waiting.malo.account_id).password
    page = waiting.signed_in("m_tessier").get(f"/administration/activation/fiches/{waiting.divisions['5e B'].pk}/")
    assert "Malo Moreau" in page.content.decode()
    assert Account.objects.get(pk=waiting.malo.account_id).password == before


def test_the_correspondant_receives_a_pdf_that_nobody_keeps(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    address = f"/administration/activation/fiches/{waiting.divisions['5e B'].pk}/"
    version = re.search(r'name="version" value="(\w+)"', client.get(address).content.decode()).group(1)
    answer = client.post(address, {"version": version})
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF-1.7")
    with scope.use(scope.EVERYTHING):
        told = Record.objects.get(action="activation.issue_sheets")
    assert (told.school_id, told.details) == (waiting.college.pk, {"division": "5e B", "sheets": 1})


def test_the_classes_of_another_school_are_not_theirs(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    assert client.post(f"/administration/activation/fiches/{waiting.divisions['2de 4'].pk}/").status_code == 404


@pytest.mark.parametrize(
    "name", ["D’Artagnan-Nguyễn", "Zoé #let x = 1", '"]) #image("/etc/passwd")', "O'Brien \\ $x$ *b*"]
)
def test_a_name_is_only_a_name_on_paper_and_the_file_is_tagged(waiting: Cast, name: str) -> None:
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=waiting.malo.pk).update(last_name=name)
        sheets = issued(waiting)
        made = sheets_pdf(waiting.divisions["5e B"], sheets, timezone.now())
    assert b"/StructTreeRoot" in made
    assert b"/Lang" in made
    assert b"pdfuaid" in made


def test_the_follow_up_counts_each_person_once_and_what_is_left_comes_first(waiting: Cast) -> None:
    with scope.use(scope.of_school(waiting.college.pk)):
        [line] = follow_up(waiting.college)
    assert (line.division.label, line.learners.total, line.learners.active) == ("5e B", 1, 0)
    assert (line.guardians.total, line.guardians.active) == (1, 0)
    with scope.use(scope.of_school(waiting.lycee.pk)):
        lines = follow_up(waiting.lycee)
    assert [(line.division.label, line.left) for line in lines] == [("2de 4", 1), ("2de 5", 0)]


def test_the_follow_up_asks_four_queries(waiting: Cast, django_assert_num_queries: Any) -> None:
    with scope.use(scope.of_school(waiting.lycee.pk)), django_assert_num_queries(4):
        follow_up(waiting.lycee)
