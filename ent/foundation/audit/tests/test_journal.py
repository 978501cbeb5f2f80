"""Each act leaves one line in the journal, which nobody changes and only the right schools read."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, InternalError, ProgrammingError, connection, transaction
from django.test import RequestFactory

from ent.core.actors import SYSTEM, Actor
from ent.core.acts import acts
from ent.foundation.audit.actions import read_journal, record, record_reading, record_rotation, seal_records
from ent.foundation.audit.models import Record, Seal
from ent.foundation.audit.queries import journal
from ent.foundation.schools import scope
from ent.foundation.schools.models import Region, School

DUPONT = Actor("Anne Dupont", account_id=7, person_id=8, reason="Demande de la famille")


@pytest.fixture
def schools(db: None) -> tuple[School, School]:
    region = Region.objects.create(name="Centre-Val de Loire", academy_code="18")
    return (
        School.objects.create(region=region, uai="0379902M", name="Lycée Jeanne-de-Touraine"),
        School.objects.create(region=region, uai="0379901L", name="Collège des Bords-de-Loire"),
    )


def actions_seen(**filters: object) -> list[str]:
    return [row.action for row in journal(**filters)]  # type: ignore[arg-type]


def test_an_act_keeps_who_what_when_and_why(schools: tuple[School, School]) -> None:
    lycee, _ = schools
    with scope.use(scope.of_school(lycee.pk)):
        record("schools.close_day", lycee, by=DUPONT, school_id=lycee.pk, details={"jour": "2026-11-24", "née": 1.5})
        row = Record.objects.get()
    assert (row.action, row.actor_label, row.actor_account, row.actor_person, row.reason) == (
        "schools.close_day",
        "Anne Dupont",
        7,
        8,
        "Demande de la famille",
    )
    assert (row.target_type, row.target_id, row.target_label) == ("schools.school", str(lycee.pk), lycee.name)
    assert row.school == lycee
    assert row.details == {"jour": "2026-11-24", "née": 1.5}


def test_an_act_that_is_undone_leaves_no_line(everything: None) -> None:
    with transaction.atomic():
        record("schools.close_day", by=DUPONT)
        transaction.set_rollback(True)
    assert not Record.objects.exists()


def test_a_school_reads_its_own_lines_and_the_region_those_of_no_school(schools: tuple[School, School]) -> None:
    lycee, college = schools
    with scope.use(scope.EVERYTHING):
        record("schools.open_door", by=DUPONT, school_id=lycee.pk)
        record("schools.close_door", by=DUPONT, school_id=college.pk)
        record("audit.rotate_keys", by=SYSTEM)
        assert len(actions_seen()) == 3
    with scope.use(scope.of_school(lycee.pk)):
        assert actions_seen() == ["schools.open_door"]
        assert Record.objects.count() == 1  # PostgreSQL says the same
    with scope.use(scope.Scope(region=True)):
        assert actions_seen() == ["audit.rotate_keys"]
        assert Record.objects.count() == 1
    with scope.use(scope.Scope()):
        assert actions_seen() == []
        assert Record.objects.count() == 0
    with pytest.raises(scope.ScopeMissing):
        journal()


def test_the_journal_is_searched_by_act_author_object_and_day(schools: tuple[School, School]) -> None:
    lycee, college = schools
    with scope.use(scope.EVERYTHING):
        record("schools.open_door", lycee, by=DUPONT)
        record("schools.close_door", college, by=Actor("Julien Lemaire", person_id=9))
        assert actions_seen(action="schools.open_door") == ["schools.open_door"]
        assert actions_seen(actor=9) == ["schools.close_door"]
        assert actions_seen(actor="dupont") == ["schools.open_door"]
        assert actions_seen(target=college) == ["schools.close_door"]
        today = datetime.now(ZoneInfo("Europe/Paris")).date()
        assert len(actions_seen(since=today, until=today)) == 2
        assert actions_seen(since=today + timedelta(days=1)) == []
        assert actions_seen(until=today - timedelta(days=1)) == []


@pytest.mark.parametrize(("hour", "days"), [("2026-11-24T22:59Z", [24]), ("2026-11-24T23:01Z", [25])])
def test_a_day_is_a_day_of_the_region(everything: None, monkeypatch, hour: str, days: list[int]) -> None:
    monkeypatch.setattr("ent.foundation.audit.actions.timezone.now", lambda: datetime.fromisoformat(hour))
    record("schools.open_door", by=DUPONT)
    seen = [day for day in (23, 24, 25) if journal(since=date(2026, 11, day), until=date(2026, 11, day)).exists()]
    assert seen == days


@pytest.mark.parametrize("table", ["audit_record", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_service_cannot_change_the_journal(everything: None, table: str, change: str) -> None:
    record("schools.open_door", by=DUPONT)
    seal_records()
    column = "action" if table == "audit_record" else "digest"
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table, column, column))


@pytest.mark.parametrize("table", ["audit_record", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_its_owner_cannot_either(owner, table: str, change: str) -> None:
    record("schools.open_door", by=DUPONT)
    seal_records()
    column = "action" if table == "audit_record" else "digest"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        owner(change.format(table, column, column))
    assert Record.objects.count() == Seal.objects.count() == 1


def test_outside_system_jobs_nobody_sees_or_touches_the_seals_and_what_waits(schools: tuple[School, School]) -> None:
    lycee, _ = schools
    with scope.use(scope.of_school(lycee.pk)), connection.cursor() as cursor:
        record("schools.open_door", by=DUPONT, school_id=lycee.pk)
        for table in ("audit_unsealed", "audit_seal", "audit_sealingkey"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)
        cursor.execute("DELETE FROM audit_unsealed")
        assert cursor.rowcount == 0
        with pytest.raises((ProgrammingError, InternalError), match="row-level security"), transaction.atomic():
            cursor.execute("INSERT INTO audit_unsealed (record_id) VALUES (1)")
    with scope.use(scope.EVERYTHING):
        assert seal_records() == 1


def test_a_reading_is_recorded_once_the_page_is_made(everything: None) -> None:
    class Viewer:
        actor = DUPONT

    request = RequestFactory().get("/journal/")
    request.viewer, request.afterwards = Viewer(), []  # type: ignore[attr-defined]
    record_reading(request, read_journal, school_id=3, filters={"auteur": "Lemaire"})
    assert not Record.objects.exists()
    for act in request.afterwards:  # type: ignore[attr-defined]
        act()
    row = Record.objects.get()
    assert (row.action, row.actor_label, row.school_id) == ("audit.read_journal", "Anne Dupont", 3)
    assert row.details == {"filters": {"auteur": "Lemaire"}}
    assert row.action_label == "Journal consulté"


def test_the_acts_of_the_journal_have_french_words(everything: None) -> None:
    record_rotation("2026", {"directory_person.ine": 3}, by=SYSTEM)
    row = Record.objects.get()
    assert row.action_label == "Données rechiffrées sous la clé courante"
    assert row.details == {"key": "2026", "values": {"directory_person.ine": 3}}
    assert {"audit.read_journal", "audit.rotate_keys"} <= {name for name, _ in acts.items()}
