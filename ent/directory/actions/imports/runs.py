"""The life of an import: asked for, previewed, agreed to or abandoned, applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.bulk import insert_rows
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.directory.actions.establishments import ensure_region
from ent.directory.enums import AnomalyStage, ImportEntity, RunState, Source
from ent.directory.models import (
    ImportAnomaly,
    ImportRun,
    ImportSchool,
    StagedAccount,
    StagedEntry,
    StagedPerson,
    StagedPresence,
)
from ent.directory.notifications import ImportFinished
from ent.foundation.audit.actions import record
from ent.foundation.files.models import File
from ent.foundation.notifications.actions import notify
from ent.foundation.schools.models import School, SchoolYear

# What a person may still decide on.
UNDECIDED = (RunState.WAITING, RunState.PREVIEWED, RunState.PARTLY, RunState.FAILED)
# A file of another kind could give as many anomalies as it has lines: the report stays readable. About so many: two
# schools taken at once each count before the other has written.
MOST_ANOMALIES = 5_000


@dataclass(frozen=True, slots=True)
class Note:
    """An anomaly, or a notice, of the report."""

    entity: str
    sentence: str
    file: str = ""
    entry: str = ""
    field: str = ""
    value: str = ""
    school_id: int | None = None
    is_notice: bool = False


@dataclass(frozen=True, slots=True)
class PublicSchool:
    """What the files say to everybody of a school; `values` are fields of School, only those spoken of."""

    source_id: str
    uai: str
    values: Mapping[str, str]


@act("directory.ask_import", gettext_lazy("Import demandé"))
def ask_import(
    *,
    paths: Iterable[Path] = (),
    upload: File | None = None,
    digest: str = "",
    all_or_nothing: bool = False,
    by: Actor,
) -> ImportRun:
    """Register an import of AAF files, given by their paths on this machine or as an uploaded archive, which a job
    then reads."""
    run = ImportRun.objects.create(
        kind=Source.AAF,
        label=_("Import AAF"),
        upload=upload,
        paths=[str(Path(path).resolve()) for path in paths],
        digest=digest,
        options={"all_or_nothing": all_or_nothing},
        asked_by=by.label,
        asked_by_person_id=by.person_id,
    )
    if upload:
        enqueue("directory.run_import", run_id=run.pk)
    record("directory.ask_import", run, by=by, details={"paths": [Path(path).name for path in run.paths]})
    return run


@act("directory.welcome_school", gettext_lazy("Établissement annoncé par l’annuaire académique"))
def welcome_school(run: ImportRun, public: PublicSchool, *, by: Actor) -> tuple[School, bool]:
    """The school of an entry, found by its UAI or else its AAF identifier; an unknown one is added, closed to the ENT
    until the import is applied. Returns the school and whether it is new. What it says is kept on its line of the run.
    """
    school = School.objects.filter(uai=public.uai).first() if public.uai else None
    school = school or School.objects.filter(source_id=public.source_id).first()
    is_new = school is None or _never_opened(school)
    if school is None:
        school = School.objects.create(
            region=ensure_region(by=by),
            uai=public.uai,
            name=public.values.get("name", public.uai),
            is_open=False,
        )
        record("directory.welcome_school", school, by=by, school_id=school.pk, details={"uai": public.uai})
    if school.source_id != public.source_id:
        school.source_id = public.source_id
        school.save(update_fields=["source_id"])
    if school.is_open or is_new:
        ImportSchool.objects.get_or_create(
            run=run, school=school, defaults={"is_new": is_new, "is_in_files": True, "public": dict(public.values)}
        )
    return school, is_new


def _never_opened(school: School) -> bool:
    """Whether the school came by an import that was never applied."""
    return not school.is_open and not SchoolYear.objects.filter(school=school).exists()


def note(run: ImportRun, notes: Iterable[Note], stage: AnomalyStage) -> None:
    """Add to the report of a run, about `MOST_ANOMALIES` at most."""
    room = MOST_ANOMALIES - ImportAnomaly.objects.filter(run=run, is_notice=False).count()
    rows: list[tuple[Any, ...]] = []
    for one in notes:
        if not one.is_notice:
            room -= 1
            if room < -1:
                continue
            if room == -1:
                one = Note(one.entity, _("Le rapport est plein : les anomalies suivantes ne sont pas écrites."))
        rows.append(
            (run.pk, one.school_id, stage, one.is_notice, one.entity, one.file[:200], one.entry[:120], one.field[:80],
             one.value[:300], one.sentence[:500])
        )  # fmt: skip
    if rows:
        insert_rows("directory_importanomaly", NOTE_COLUMNS, rows)


NOTE_COLUMNS = (
    "run_id", "school_id", "stage", "is_notice", "entity", "file", "entry", "field", "value", "sentence",
)  # fmt: skip


def show_progress(run: ImportRun, percent: int, stage: str) -> None:
    """Tell those who wait how far the run is. Outside any transaction it is seen at once."""
    ImportRun.objects.filter(pk=run.pk).update(progress=min(percent, 100), stage=stage[:200])


def enter(run: ImportRun, state: RunState, **values: Any) -> None:
    """Move a run to a state."""
    for name, value in {"state": state, **values}.items():
        setattr(run, name, value)
    run.save(update_fields=["state", *values])


@act("directory.preview_import", gettext_lazy("Aperçu d’un import prêt"))
def finish_preview(run: ImportRun, *, by: Actor) -> None:
    """The files are read and what they would change is known: the run waits for an agreement."""
    total_up(run)
    enter(run, RunState.PREVIEWED, progress=100, stage="", read_at=run.read_at or timezone.now())
    record("directory.preview_import", run, by=by, details={"counts": run.counts})
    notify(ImportFinished(run.pk))


@act("directory.finish_import", gettext_lazy("Import appliqué"))
def finish_import(run: ImportRun, *, by: Actor) -> None:
    """Every school that could be is applied; those that wait keep the run open."""
    total_up(run)
    waiting = run.schools.filter(applied_at__isnull=True).exists()
    state = RunState.PARTLY if waiting else RunState.APPLIED
    enter(run, state, progress=100, stage="", applied_at=timezone.now())
    if not waiting:
        forget_staged(run)
    record("directory.finish_import", run, by=by, details={"state": state, "counts": run.counts})
    tell_finished(run)


def tell_finished(run: ImportRun) -> None:
    """Once committed: what has come in can be found, and who waits for it knows."""
    applied = run.schools.filter(applied_at__isnull=False).values_list("school_id", flat=True)
    enqueue("search.refresh_schools", schools=list(applied))
    notify(ImportFinished(run.pk))


@act("directory.force_import", gettext_lazy("Seuil d’import passé outre"))
def force_school(line: ImportSchool, reason: str, *, by: Actor) -> None:
    """Agree to what an import does in a school past its threshold. Raises `Refused` without a reason."""
    if len(reason.strip()) < 3:
        raise Refused(_("Indiquez la raison pour laquelle ces départs sont attendus."))
    line.forced_reason = reason.strip()[:300]
    line.save(update_fields=["forced_reason"])
    record("directory.force_import", line.run, by=by, school_id=line.school_id, details={"reason": line.forced_reason})


@act("directory.abandon_import", gettext_lazy("Import abandonné"))
def abandon_import(run: ImportRun, *, by: Actor) -> None:
    """Give up what is not applied yet. Raises `Refused` for a run that is under way or over."""
    if run.state not in UNDECIDED:
        raise Refused(_("Cet import est en cours ou terminé : il ne peut plus être abandonné."))
    forget_staged(run)
    state = RunState.APPLIED if run.schools.filter(applied_at__isnull=False).exists() else RunState.ABANDONED
    enter(run, state, stage="")
    record("directory.abandon_import", run, by=by)


@act("directory.fail_import", gettext_lazy("Import en échec"))
def fail_import(run: ImportRun, sentence: str, *, by: Actor) -> None:
    """The run stops here; nothing more of it is written."""
    enter(run, RunState.FAILED, failure=sentence, stage="")
    record("directory.fail_import", run, by=by, details={"failure": sentence})
    notify(ImportFinished(run.pk))


def begin_reading(run: ImportRun) -> None:
    """Read a run from the start: what an earlier reading left is forgotten."""
    forget_staged(run)
    run.anomalies.all().delete()
    enter(run, RunState.READING, failure="", issuer="", progress=0)


def forget_staged(run: ImportRun) -> None:
    """Empty the staging tables of a run."""
    StagedAccount.objects.filter(run_id=run.pk).delete()
    StagedPresence.objects.filter(run_id=run.pk).delete()
    StagedPerson.objects.filter(run_id=run.pk).delete()
    StagedEntry.objects.filter(run=run)._raw_delete("default")


def total_up(run: ImportRun) -> None:
    """Bring the run's totals, and each school's count of anomalies, in line with their lines."""
    found = ImportAnomaly.objects.filter(run=run, is_notice=False).values("school_id", "entity")
    anomalies = {(row["school_id"], row["entity"]): row["n"] for row in found.annotate(n=Count("pk")).order_by()}
    totals: dict[str, dict[str, int]] = {}
    for line in run.schools.all():
        for entity, counts in line.counts.items():
            counts["anomalies"] = anomalies.get((line.school_id, entity), 0)
            total = totals.setdefault(entity, dict.fromkeys(counts, 0))
            for effect, count in counts.items():
                total[effect] = total.get(effect, 0) + count
        line.save(update_fields=["counts"])
    for (school_id, entity), count in anomalies.items():
        if school_id is None or entity not in totals:
            total = totals.setdefault(entity or ImportEntity.STRUCTURES, {})
            total["anomalies"] = total.get("anomalies", 0) + count
    run.counts = totals
    run.save(update_fields=["counts"])


def interrupted() -> Q:
    """Runs that say they are under way; without the lock, nobody is at work on them."""
    return Q(state__in=[RunState.READING, RunState.APPLYING])
