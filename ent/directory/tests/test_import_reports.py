"""What an import said of people is forgotten after a year; its numbers stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ent.directory import tasks
from ent.directory.enums import Effect, ImportEntity, RunState, Source
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, ImportSchool, StagedEntry
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from tests.cast import Cast
from tests.factory import a_row

COUNTS = {"eleves": {"created": 1, "changed": 0, "closed": 0, "reopened": 0, "unchanged": 4, "anomalies": 1}}


def import_of(cast: Cast, *, days: int, state: str = RunState.APPLIED) -> ImportRun:
    """An import of the collège asked for so many days ago, with a line, an anomaly and what was read."""
    with scope.use(scope.EVERYTHING):
        run = ImportRun.objects.create(kind=Source.CSV, label="Import CSV", school=cast.college, state=state)
        asked = timezone.now() - timedelta(days=days)
        ImportRun.objects.filter(pk=run.pk).update(created_at=asked, applied_at=asked, counts=COUNTS)
        ImportSchool.objects.create(run=run, school=cast.college, counts=COUNTS)
        ImportChange.objects.create(
            run=run,
            school=cast.college,
            effect=Effect.CREATED,
            entity=ImportEntity.PUPILS,
            key="1",
            label="Malo Moreau",
        )
        ImportAnomaly.objects.create(
            run=run, school=cast.college, entity=ImportEntity.PUPILS, value="Malo", sentence="…"
        )
        a_row(StagedEntry, cast.college, run=run)
    return run


def left(run: ImportRun) -> tuple[int, ...]:
    with scope.use(scope.EVERYTHING):
        return tuple(
            model._base_manager.filter(run=run).count() for model in (ImportChange, ImportAnomaly, StagedEntry)
        )


def test_a_year_later_the_lines_are_forgotten_and_the_numbers_stay(cast: Cast) -> None:
    old, recent = import_of(cast, days=366), import_of(cast, days=364)
    tasks.forget_old_reports()
    assert (left(old), left(recent)) == ((0, 0, 0), (1, 1, 1))
    with scope.use(scope.EVERYTHING):
        assert ImportRun.objects.get(pk=old.pk).counts == COUNTS
        record = Record.objects.get(action="directory.forget_reports")
    assert record.details == {"changes": 1, "anomalies": 1}
    page = cast.signed_in("m_tessier").get(f"/imports/{old.pk}/").content.decode()
    assert "Le détail n’est plus conservé" in page
    assert "Malo" not in page
    assert "Malo Moreau" in cast.signed_in("m_tessier").get(f"/imports/{recent.pk}/").content.decode()


def test_forgetting_again_writes_nothing(cast: Cast) -> None:
    import_of(cast, days=366)
    for _night in range(2):
        tasks.forget_old_reports()
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="directory.forget_reports").count() == 1


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (RunState.PREVIEWED, RunState.ABANDONED),
        (RunState.WAITING, RunState.ABANDONED),
        (RunState.FAILED, RunState.FAILED),
        (RunState.APPLIED, RunState.APPLIED),
    ],
)
def test_what_nobody_decided_on_in_a_year_is_given_up(cast: Cast, state: str, then: str) -> None:
    run = import_of(cast, days=366, state=state)
    tasks.forget_old_reports()
    assert left(run) == (0, 0, 0)
    with scope.use(scope.EVERYTHING):
        assert ImportRun.objects.get(pk=run.pk).state == then


def test_the_time_is_a_setting(cast: Cast, settings) -> None:
    settings.IMPORT_REPORTS_DAYS = 30
    run = import_of(cast, days=31)
    tasks.forget_old_reports()
    assert left(run) == (0, 0, 0)
