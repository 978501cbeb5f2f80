"""Who administers what, and how the region enters a school."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ent.directory.enums import Office
from ent.directory.models import Delegation, Person, SchoolVisit
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.foundation.schools.enums import DayKind
from ent.foundation.schools.models import CalendarDay
from tests.cast import STARTS, Cast
from tests.factory import a_school

TODAY = timezone.localdate


def url(name: str, *args: int) -> str:
    return reverse(f"administration:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def delegations(**values) -> list[Delegation]:
    with scope.use(scope.EVERYTHING):
        return list(Delegation.objects.filter(**values).order_by("pk"))


def records(action: str) -> list[Record]:
    with scope.use(scope.EVERYTHING):
        return list(Record.objects.filter(action=action))


def visiting(cast: Cast, school, hours: str = "1") -> Client:
    client = cast.signed_in("region_officer")
    answer = client.post(url("school_visit", school.pk), {"reason": "Appel de la proviseure", "hours": hours})
    assert answer.status_code == 303
    return client


# --- Delegations ---


def test_the_head_names_a_correspondant_who_then_administers(cast: Cast) -> None:
    client, fabre = cast.signed_in("mme_dupont"), cast.signed_in("mme_fabre")
    assert fabre.get(url("accounts")).status_code == 403
    assert "Hélène Fabre" in text(client.get(url("delegation_give") + "?q=fabre"))
    answer = client.post(url("delegation_give"), {"person": cast.mme_fabre.pk, "starts": str(TODAY())})
    assert answer.status_code == 303
    assert fabre.get(url("accounts")).status_code == 200
    [row] = delegations(school=cast.lycee)
    assert (row.office, row.given_by) == (Office.SCHOOL, "Anne Dupont")


def test_a_pupil_or_someone_of_another_school_is_not_named(cast: Cast) -> None:
    client = cast.signed_in("mme_dupont")
    for person in (cast.ines, cast.m_tessier):
        answer = client.post(url("delegation_give"), {"person": person.pk, "starts": str(TODAY())})
        assert answer.status_code == 422
        assert "ne fait pas partie des personnels" in text(answer)
    assert delegations(school=cast.lycee) == []


def test_the_same_delegation_is_not_given_twice_on_the_same_days(cast: Cast) -> None:
    client = cast.signed_in("mme_dupont")
    asked = {"person": cast.mme_fabre.pk, "starts": str(TODAY())}
    assert client.post(url("delegation_give"), asked).status_code == 303
    again = client.post(url("delegation_give"), asked)
    assert again.status_code == 422
    assert "a déjà cette délégation" in text(again)
    assert len(delegations(school=cast.lycee)) == 1


def test_a_delegation_that_ends_opens_nothing_from_that_moment_and_is_remembered(cast: Cast) -> None:
    [row] = delegations(school=cast.college)
    tessier, officer = cast.signed_in("m_tessier"), visiting(cast, cast.college)
    assert tessier.get(url("accounts")).status_code == 200
    assert officer.post(url("delegation_end", row.pk)).status_code == 303
    assert tessier.get(url("accounts")).status_code == 403
    assert "Marc Tessier" in text(officer.get(url("delegations")))
    officer.post(url("delegation_end", row.pk))
    assert len(records("directory.end_delegation")) == 1


def test_a_correspondant_sees_the_delegations_and_gives_none(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    [row] = delegations(school=cast.college)
    assert client.get(url("delegations")).status_code == 200
    assert client.get(url("delegation_give")).status_code == 403
    assert client.post(url("delegation_end", row.pk)).status_code == 403


def test_a_name_looked_for_may_hold_anything(cast: Cast) -> None:
    assert cast.signed_in("mme_dupont").get(url("delegation_give"), {"q": "\x00"}).status_code == 200


def test_the_head_of_a_school_does_not_end_another_schools_delegation(cast: Cast) -> None:
    [row] = delegations(school=cast.college)
    assert cast.signed_in("mme_dupont").post(url("delegation_end", row.pk)).status_code == 404


def test_the_region_alone_names_its_officers_and_the_last_one_stays(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    assert cast.signed_in("mme_dupont").get(url("delegation_officer")).status_code == 403
    asked = {"first_name": "Ève", "last_name": "Lory", "email": "eve@region.example"}
    sheet = client.post(url("delegation_officer"), asked, follow=True)
    assert "eve.lory" in text(sheet)
    [own, other] = delegations(office=Office.REGION)
    assert client.post(url("delegation_end", own.pk)).status_code == 403
    eve = Client(HTTP_HOST="ent.example")
    eve.force_login(Account.objects.get(identifier="eve.lory"))
    assert eve.get("/")["Location"] == "/mon-compte/mot-de-passe/"
    Account.objects.filter(identifier="eve.lory").update(must_change_password=False)
    assert eve.get(url("schools")).status_code == 200
    assert client.post(url("delegation_end", other.pk)).status_code == 303
    assert eve.get(url("schools")).status_code != 200


# --- Schools ---


def test_the_region_finds_a_school_by_name_town_uai_department_and_kind(cast: Cast) -> None:
    client = cast.signed_in("region_officer")

    def found(asked: str) -> set[str]:
        return {school.uai for school, _visit in client.get(f"{url('schools')}?{asked}").context["lines"]}

    assert found("q=jeanne") == {"0379902M"}
    assert found("q=SAVIGNY") == {"0379903N"}
    assert found("q=0379904") == {"0379904P"}
    assert found("type=cfa") == {"0379904P"}
    assert found("departement=018") == set()
    assert len(found("departement=037")) == 4


def test_the_list_of_schools_costs_the_same_for_thirty_as_for_four(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    client.get(url("schools"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url("schools"))
        return len(queries)

    few = cost()
    for _number in range(30):
        a_school()
    assert cost() == few


# --- Visits ---


def test_without_a_visit_the_region_reads_no_ones_data_and_with_one_it_does(cast: Cast) -> None:
    assert cast.signed_in("region_officer").get(f"/annuaire/{cast.malo.pk}/").status_code == 404
    client = visiting(cast, cast.college)
    page = text(client.get(f"/annuaire/{cast.malo.pk}/"))
    assert "Malo" in page
    assert "Accès temporaire" in page
    assert "Appel de la proviseure" in page
    assert client.get(f"/annuaire/{cast.ines.pk}/").status_code == 404
    assert client.get(url("schools")).status_code == 403, "one is in a school, no longer above them"


def test_a_visit_ends_when_it_expires_and_when_one_ends_it(cast: Cast) -> None:
    client = visiting(cast, cast.college)
    with scope.use(scope.EVERYTHING):
        SchoolVisit.objects.update(expires_at=timezone.now())
    assert client.get(f"/annuaire/{cast.malo.pk}/").status_code == 404
    over = client.get(url("accounts"))
    assert over.status_code == 403
    assert "ouvrir un accès" in over.content.decode(), "how to go on is said where the visit has ended"
    client = visiting(cast, cast.college)
    with scope.use(scope.EVERYTHING):
        visit = SchoolVisit.objects.get(expires_at__gt=timezone.now())
    assert client.post(url("school_visit_end", visit.pk)).status_code == 303
    assert client.get(f"/annuaire/{cast.malo.pk}/").status_code == 404
    assert client.post("/changer/", {"choix": f"v{visit.pk}"}).status_code == 303
    assert client.get(f"/annuaire/{cast.malo.pk}/").status_code == 404


@pytest.mark.parametrize(
    "asked", [{"reason": "", "hours": "1"}, {"reason": "Appel", "hours": "48"}, {"reason": "Appel", "hours": "0"}]
)
def test_a_visit_needs_a_reason_and_lasts_a_day_at_most(cast: Cast, asked: dict[str, str]) -> None:
    answer = cast.signed_in("region_officer").post(url("school_visit", cast.college.pk), asked)
    assert answer.status_code == 422
    with scope.use(scope.EVERYTHING):
        assert not SchoolVisit.objects.exists()


def test_a_visit_asked_twice_is_opened_once_and_told_to_the_school(cast: Cast) -> None:
    visiting(cast, cast.lycee)
    visiting(cast, cast.lycee)
    [told] = records("directory.open_visit")
    assert told.school_id == cast.lycee.pk
    page = text(cast.signed_in("mme_dupont").get(url("delegations")))
    assert "Sylvie Carré" in page
    assert "Appel de la proviseure" in page
    journal = text(cast.signed_in("mme_dupont").get(url("journal")))
    assert "Accès temporaire de la région ouvert" in journal


def test_an_officer_does_not_end_anothers_visit(cast: Cast) -> None:
    visiting(cast, cast.lycee)
    with scope.use(scope.EVERYTHING):
        visit = SchoolVisit.objects.get()
        other = Person.objects.create(
            first_name="Ève", last_name="Lory", account=Account.objects.create(identifier="e")
        )
        Delegation.objects.create(person=other, office=Office.REGION, starts=STARTS)
    client = Client(HTTP_HOST="ent.example")
    client.force_login(other.account)
    assert client.post(url("school_visit_end", visit.pk)).status_code == 403


def test_what_the_region_does_during_a_visit_carries_its_reason(cast: Cast) -> None:
    client = visiting(cast, cast.college)
    client.post(url("account_lock", cast.malo.pk), {"reason": "Compte volé"})
    [told] = records("accounts.lock_account")
    assert (told.actor_label, told.reason) == ("Sylvie Carré", "Appel de la proviseure")


# --- The region's calendar ---


def test_the_regions_calendar_is_edited_and_the_same_days_are_not_there_twice(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    first = TODAY() + timedelta(days=20)
    last = first + timedelta(days=15)
    asked = {"label": "Toussaint", "kind": DayKind.HOLIDAY, "starts": str(first), "ends": str(last)}
    assert client.post(url("school_calendar_add"), asked).status_code == 303
    again = client.post(url("school_calendar_add"), asked)
    assert again.status_code == 422
    assert "figurent déjà au calendrier" in text(again)
    day = CalendarDay.objects.get()
    late = client.post(url("school_calendar_edit", day.pk), {**asked, "ends": str(TODAY())})
    assert "ne peut pas précéder le premier" in text(late)
    assert (
        client.post(url("school_calendar_edit", day.pk), {**asked, "ends": str(last + timedelta(days=1))}).status_code
        == 303
    )
    assert "Toussaint" in text(cast.signed_in("m_tessier").get(url("setting_days")))
    client.post(url("school_calendar_remove", day.pk))
    client.post(url("school_calendar_remove", day.pk))
    assert not CalendarDay.objects.exists()
    assert len(records("directory.remove_calendar_day")) == 1


def test_a_visit_is_open_until_its_hour(cast: Cast) -> None:
    visiting(cast, cast.college, hours="4")
    with scope.use(scope.EVERYTHING):
        visit = SchoolVisit.objects.get()
    assert visit.expires_at - visit.opened_at == timedelta(hours=4)
