"""What is known of the imports: for the pages, the command line and the report."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ent.directory.enums import Effect, ImportEntity
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, ImportSchool

EFFECTS = ("created", "changed", "closed", "reopened", "unchanged", "anomalies")


def reports_kept_since() -> datetime:
    """Of the imports asked for before, only the numbers are left."""
    return timezone.now() - timedelta(days=settings.IMPORT_REPORTS_DAYS)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of « Ce qui changerait »."""

    entity: str
    label: str
    created: int = 0
    changed: int = 0
    closed: int = 0
    reopened: int = 0
    unchanged: int = 0
    anomalies: int = 0


@dataclass(frozen=True, slots=True)
class Departures:
    """The people who would leave a school, out of those it has; `share` in percent."""

    leaving: int
    present: int

    @property
    def share(self) -> float:
        return self.leaving * 100 / self.present if self.present else 0.0


def rows_of(counts: dict[str, dict[str, int]]) -> list[Row]:
    """The counts of a run or of a school, a row for each entity that people know by name."""
    shown = [ImportEntity.PUPILS, ImportEntity.GUARDIANS, ImportEntity.STAFF, ImportEntity.STRUCTURES]
    if ImportEntity.MASTERS in counts:
        shown.insert(3, ImportEntity.MASTERS)
    return [
        Row(entity.value, str(entity.label), **{key: counts.get(entity, {}).get(key, 0) for key in EFFECTS})
        for entity in shown
    ]


def schools_of(run: ImportRun) -> QuerySet[ImportSchool]:
    """The schools of a run, those past their threshold first."""
    return run.schools.select_related("school").order_by("-stopped", "school__name", "school__city")


def stopped_schools(run: ImportRun) -> list[ImportSchool]:
    """The schools that wait for a human."""
    return [line for line in schools_of(run) if line.stopped and line.applied_at is None]


def departures(line: ImportSchool) -> tuple[Departures, Departures]:
    """Learners, then staff, who would leave a school."""
    return Departures(line.leaving, line.pupils), Departures(line.staff_leaving, line.staff)


def changes_of(
    run: ImportRun, *, effect: str = "", entity: str = "", school_id: int | None = None
) -> QuerySet[ImportChange]:
    """The lines of a run, what changes first (nobody reads thousands of arrivals), filtered; to be paginated."""
    lines = run.changes.select_related("school").order_by("school__name", "entity", "label", "pk")
    if effect in Effect.values:
        lines = lines.filter(effect=effect)
    if entity in ImportEntity.values:
        lines = lines.filter(entity=entity)
    return lines.filter(school_id=school_id) if school_id else lines


def anomalies_of(run: ImportRun, *, entity: str = "", school_id: int | None = None) -> QuerySet[ImportAnomaly]:
    """The anomalies and notices of a run, in the order of the files."""
    found = run.anomalies.select_related("school").order_by("is_notice", "pk")
    if entity in ImportEntity.values:
        found = found.filter(entity=entity)
    return found.filter(school_id=school_id) if school_id else found


def seconds_of_reading(run: ImportRun) -> int:
    """How long it took to read the files."""
    return round((run.read_at - run.created_at).total_seconds()) if run.read_at else 0


def report_of(run: ImportRun) -> dict[str, Any]:
    """The report of a run as plain JSON: state, totals, each school, each anomaly."""
    return {
        "run": run.pk,
        "state": run.state,
        "day": run.day.isoformat() if run.day else None,
        "delta": run.is_delta,
        "failure": run.failure,
        "counts": {row.entity: asdict(row) for row in rows_of(run.counts)},
        "schools": [_school(line) for line in schools_of(run)],
        "anomalies": [_anomaly(one) for one in anomalies_of(run)],
    }


def _school(line: ImportSchool) -> dict[str, Any]:
    return {
        "uai": line.school.uai,
        "name": line.school.name,
        "new": line.is_new,
        "stopped": line.stopped,
        "forced": line.forced_reason,
        "applied": line.applied_at is not None,
        "pupils": line.pupils,
        "leaving": line.leaving,
        "staff": line.staff,
        "staff_leaving": line.staff_leaving,
        "counts": line.counts,
    }


def _anomaly(one: ImportAnomaly) -> dict[str, Any]:
    return {
        "school": one.school.uai if one.school else "",
        "notice": one.is_notice,
        "entity": one.entity,
        "file": one.file,
        "entry": one.entry,
        "field": one.field,
        "value": one.value,
        "sentence": one.sentence,
    }
