"""Sheets for pupils: a password nobody reads again, handed out once, that opens for a while."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.directory.enums import Profile
from ent.directory.models import Membership, Person
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.access.models import Closure
from ent.identity.activation.actions import issue_sheets
from ent.identity.activation.exports import sheets_pdf
from ent.identity.activation.queries.following import follow_up
from ent.identity.activation.queries.handing import Addressee, Sheet, learners_of, sheets_version
from tests.cast import Cast


@pytest.fixture
def waiting(cast: Cast) -> Cast:
    """Malo and his mother have not opened their accounts."""
    for person in (cast.malo, cast.claire):
        Account.objects.filter(pk=person.account_id).update(activated_at=None)
    return cast


def issued(cast: Cast, days: int = 90) -> list[Sheet]:
    with scope.use(scope.EVERYTHING):
        version = sheets_version(waiting_in_5e_b(cast))
        return make(cast, version, timezone.now() + timedelta(days=days))


def waiting_in_5e_b(cast: Cast) -> list[Addressee]:
    return learners_of([cast.divisions["5e B"]])


def make(cast: Cast, version: str, until: datetime) -> list[Sheet]:
    return issue_sheets(
        cast.college, lambda: waiting_in_5e_b(cast), whom="5e B", version=version, until=until, by=SYSTEM
    )


def enter(sheet: Sheet) -> Any:
    client = Client(HTTP_HOST="ent.example")
    return client.post("/connexion/", {"identifier": sheet.to.person.account.identifier, "password": sheet.password})


def test_the_password_of_the_sheet_leads_to_choosing_ones_own(waiting: Cast) -> None:
    [sheet] = issued(waiting)
    assert sheet.to.person == waiting.malo
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
    with scope.use(scope.EVERYTHING):
        version = sheets_version(waiting_in_5e_b(waiting))
    with scope.use(scope.EVERYTHING):
        make(waiting, version, timezone.now())
    with scope.use(scope.EVERYTHING), pytest.raises(Refused, match="viennent d’être éditées"):
        make(waiting, version, timezone.now())


def test_who_has_opened_their_account_keeps_it(waiting: Cast) -> None:
    Account.objects.filter(pk=waiting.malo.account_id).update(activated_at=timezone.now())
    before = Account.objects.get(pk=waiting.malo.account_id).password
    with pytest.raises(Refused, match="Personne n’attend de fiche"):
        issued(waiting)
    assert Account.objects.get(pk=waiting.malo.account_id).password == before


def test_opening_the_page_changes_nothing(waiting: Cast) -> None:
    before = Account.objects.get(pk=waiting.malo.account_id).password
    page = waiting.signed_in("m_tessier").get(
        f"/administration/activation/fiches/?classe={waiting.divisions['5e B'].pk}"
    )
    assert "Malo Moreau" in page.content.decode()
    assert Account.objects.get(pk=waiting.malo.account_id).password == before


def test_the_correspondant_receives_a_pdf_that_nobody_keeps(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    address = f"/administration/activation/fiches/?classe={waiting.divisions['5e B'].pk}"
    version = re.search(r'name="version" value="(\w+)"', client.get(address).content.decode()).group(1)
    answer = client.post(address, {"version": version})
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"%PDF-1.7")
    with scope.use(scope.EVERYTHING):
        told = Record.objects.get(action="activation.issue_sheets")
    assert (told.school_id, told.details) == (waiting.college.pk, {"whom": "5e B", "sheets": 1})


def test_the_classes_of_another_school_are_not_theirs(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    page = client.get(f"/administration/activation/fiches/?classe={waiting.divisions['2de 4'].pk}&tous=1")
    assert "Inès" not in page.content.decode()
    before = Account.objects.get(pk=waiting.ines.account_id).password
    address = f"/administration/activation/fiches/?classe={waiting.divisions['2de 4'].pk}&tous=1"
    assert client.post(address, {"version": sheets_version([])}).status_code == 409
    assert Account.objects.get(pk=waiting.ines.account_id).password == before


@pytest.mark.parametrize(
    "name", ["D’Artagnan-Nguyễn", "Zoé #let x = 1", '"]) #image("/etc/passwd")', "O'Brien \\ $x$ *b*"]
)
def test_a_name_is_only_a_name_on_paper_and_the_file_is_tagged(waiting: Cast, name: str) -> None:
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=waiting.malo.pk).update(last_name=name)
        sheets = issued(waiting)
        made = sheets_pdf(waiting.college, sheets, timezone.now())
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


def test_the_follow_up_asks_five_queries(waiting: Cast, django_assert_num_queries: Any) -> None:
    with scope.use(scope.of_school(waiting.lycee.pk)), django_assert_num_queries(5):
        follow_up(waiting.lycee)


# --- several classes at once, everybody, one who arrives ---


def version_in(page: Any) -> str:
    found = re.search(r'name="version" value="(\w+)"', page.content.decode())
    assert found
    return found[1]


def test_reissuing_a_class_replaces_what_its_pupils_had_and_closes_their_devices(waiting: Cast) -> None:
    Account.objects.filter(pk=waiting.malo.account_id).update(activated_at=timezone.now())
    malo, client = waiting.signed_in("malo"), waiting.signed_in("m_tessier")
    asked = client.post(
        "/administration/activation/classes/", {"classe": waiting.divisions["5e B"].pk, "geste": "reemettre"}
    )
    page = client.get(asked["Location"])
    assert "déjà ouvert son compte" in page.content.decode()
    assert client.post(asked["Location"], {"version": version_in(page)})["Content-Type"] == "application/pdf"
    assert malo.get("/").status_code == 303


def test_the_same_sheets_as_csv_open_the_same_accounts(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    address = f"/administration/activation/fiches/?classe={waiting.divisions['5e B'].pk}"
    answer = client.post(address, {"version": version_in(client.get(address)), "forme": "csv"})
    assert answer["Cache-Control"] == "no-store"
    [header, line] = answer.content.decode("utf-8-sig").splitlines()
    assert header.startswith("Nom;Prénom;Classe;Identifiant;Mot de passe provisoire")
    last_name, _first, place, identifier, password, _until = line.split(";")
    assert (last_name, place) == ("Moreau", "5e B")
    entered = Client(HTTP_HOST="ent.example").post("/connexion/", {"identifier": identifier, "password": password})
    assert entered["Location"] == "/mon-compte/mot-de-passe/"


def test_a_learner_who_also_works_in_a_school_receives_no_sheet_of_their_class(waiting: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Membership.objects.create(
            person=waiting.malo, school=waiting.lycee, profile=Profile.SCHOOL_LIFE, starts="2026-09-01"
        )
        assert learners_of([waiting.divisions["5e B"]], everybody=True) == []


def test_one_sheet_for_whoever_arrives_pupil_parent_or_colleague(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    page = client.get("/administration/activation/arrivants/", {"q": "claire"})
    assert "Claire Moreau" in page.content.decode()
    assert "Malo" not in page.content.decode()
    address = f"/administration/activation/arrivants/{waiting.claire.pk}/"
    answer = client.post(address, {"version": version_in(page)})
    assert answer["Content-Type"] == "application/pdf"
    assert Account.objects.get(pk=waiting.claire.account_id).must_change_password


def test_nobody_of_another_school_is_found_as_an_arrival(waiting: Cast) -> None:
    Account.objects.filter(pk=waiting.ines.account_id).update(activated_at=None)
    client = waiting.signed_in("m_tessier")
    assert "Inès" not in client.get("/administration/activation/arrivants/").content.decode()
    assert client.post(f"/administration/activation/arrivants/{waiting.ines.pk}/").status_code == 404


def test_a_sheet_is_good_for_as_long_as_the_school_says(waiting: Cast) -> None:
    client = waiting.signed_in("m_tessier")
    client.post("/administration/reglages/acces/", {"provisional_days": "10", "stay_days": "30"})
    address = f"/administration/activation/fiches/?classe={waiting.divisions['5e B'].pk}"
    client.post(address, {"version": version_in(client.get(address))})
    until = Account.objects.get(pk=waiting.malo.account_id).provisional_until
    assert until is not None
    assert 9 <= (until - timezone.now()).days <= 10


def test_the_follow_up_leaves_as_a_file_and_the_journal_tells_it(waiting: Cast) -> None:
    answer = waiting.signed_in("m_tessier").get("/administration/activation/suivi.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert any(line.startswith("Moreau;Malo;Élève, 5e B;malo.moreau;;Jamais ouvert") for line in lines), lines
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="activation.record_follow_up", school=waiting.college).exists()


def test_the_follow_up_of_one_level_shows_its_classes_only_and_says_which_are_not_open(waiting: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        division = waiting.divisions["5e B"]
        Closure.objects.create(
            school=waiting.college,
            kind="ouverture",
            division=division,
            families=["eleves"],
            reopens_on=timezone.localdate() + timedelta(days=6),
            closed_by="Marc Tessier",
        )
    page = waiting.signed_in("m_tessier").get("/administration/activation/").content.decode()
    assert "Élèves, 5e B" in page
    assert "ent-tag--warn" in page
