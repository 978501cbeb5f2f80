"""The jobs of imports (read and preview, apply, what the scheduled folder has received) and those of years.

Each finds out what is left to do and does that: a job may run twice. The functions that take `by` are what the
command line calls, here and now.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core import jobs
from ent.core.actors import SYSTEM, Actor
from ent.core.errors import Refused
from ent.directory.actions import imports as acts
from ent.directory.actions.import_reports import forget_reports
from ent.directory.actions.years import open_year, prepare_year
from ent.directory.enums import RunState, Source
from ent.directory.imports.aaf.abreast import abreast, neighbours
from ent.directory.imports.aaf.matching import match
from ent.directory.imports.aaf.remembering import remember
from ent.directory.imports.aaf.staging import content_digest, stage_files
from ent.directory.imports.csv import running as csv
from ent.directory.imports.problems import SourceRefused
from ent.directory.imports.uploads import files_of
from ent.directory.models import ImportRun, ImportSchool, Person, StagedEntry
from ent.directory.queries.administration.years import schools_to_turn
from ent.foundation.schools import scope
from ent.foundation.schools.models import School, SchoolYear

T = TypeVar("T")

IMPORTS_LOCK = 0x1A4F
WAIT = timedelta(minutes=1)
OVER = (RunState.APPLIED, RunState.ABANDONED)


class AnotherImport(Refused):
    """Imports are made one at a time."""


@jobs.job(name="directory.run_import", lock="directory.imports")
def run_import(run_id: int) -> None:
    """Read the files of a run and work out its preview; wait for the import under way, if any."""
    if _run(run_id).state not in (RunState.WAITING, RunState.READING):
        return
    try:
        preview(run_id, by=SYSTEM)
    except AnotherImport:
        jobs.enqueue(run_import, not_before=timezone.now() + WAIT, run_id=run_id)


@jobs.job(name="directory.apply_import", lock="directory.imports")
def apply_import(run_id: int) -> None:
    """Apply a previewed run; one that is over is left alone, and one under way is waited for."""
    if _run(run_id).state in OVER:
        return
    try:
        apply(run_id, by=SYSTEM)
    except AnotherImport:
        jobs.enqueue(apply_import, not_before=timezone.now() + WAIT, run_id=run_id)


@jobs.job(name="directory.preview_csv")
def preview_csv(run_id: int) -> None:
    """Work out the preview of a school's CSV file."""
    with _failing(run_id, SYSTEM):
        csv.preview(run_id)


@jobs.job(name="directory.apply_csv")
def apply_csv(run_id: int) -> None:
    """Apply a school's CSV file that was agreed to."""
    with _failing(run_id, SYSTEM):
        csv.apply(run_id)


@jobs.job(name="directory.forget_reports", every="50 2 * * *")
def forget_old_reports() -> None:
    """Each night: forget what old imports said of people."""
    with scope.use(scope.EVERYTHING):
        forget_reports(by=SYSTEM)


@jobs.job(name="directory.import_from_folder", every="15 1,2,3,4,5 * * *", lock="directory.imports")
def import_from_folder() -> None:
    """Each night: import what the académie has left in the folder of the settings."""
    if settings.IMPORT_FOLDER:
        take_from_folder(Path(settings.IMPORT_FOLDER), by=SYSTEM)


def take_from_folder(folder: Path, *, by: Actor) -> list[ImportRun]:
    """Import what the folder holds, in the order of its days, each thing once; it is known again by its content.

    What passes the thresholds is applied; the rest waits for a human.
    """
    runs = []
    for path in deliveries(folder):
        digest = content_digest([path])
        with scope.use(scope.EVERYTHING):
            if ImportRun.objects.filter(kind=Source.AAF, digest=digest).exists():
                continue
            run = acts.ask_import(paths=[path], digest=digest, by=by)
        runs.append(apply(run.pk, by=by))
    return runs


def deliveries(folder: Path) -> list[Path]:
    """The archives and folders of a folder, or itself when it holds bare files; by name, which tells the day."""
    if not folder.is_dir():
        return []
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    whole = [path for path in inside if path.is_dir() or path.suffix.lower() in {".tgz", ".gz", ".zip"}]
    bare = any(path.suffix.lower() == ".xml" for path in inside)
    return sorted(whole, key=_day_of) + ([folder] if bare else [])


def preview(run_id: int, *, by: Actor) -> ImportRun:
    """Read the files of a run, and work out what applying it would do. A refusal is kept in the run.

    Raises `Refused` when another import is under way.
    """
    with _alone(run_id, by), _failing(run_id, by):
        run = _read(run_id, by)
        _preview_schools(run, by)
        with scope.use(scope.EVERYTHING):
            acts.finish_preview(run, by=by)
    return _run(run_id)


def apply(run_id: int, *, by: Actor) -> ImportRun:
    """Apply a run, previewed or not yet read, school by school; schools already applied are left alone.

    With the option `all_or_nothing`, one transaction holds them all. Raises `Refused` when another import is under
    way, or when a later one has been applied.
    """
    with _alone(run_id, by), _failing(run_id, by):
        run = _run(run_id)
        if run.state in OVER:
            raise Refused(_("Cet import est terminé ou abandonné : demandez-en un nouveau."))
        if run.state in (RunState.WAITING, RunState.READING) or not _is_staged(run):
            run = _read(run_id, by)
        else:
            with scope.use(scope.EVERYTHING):
                match(run)
        _check_not_outdated(run)
        with scope.use(scope.EVERYTHING):
            acts.enter(run, RunState.APPLYING, failure="")
        whole = scope.use(scope.EVERYTHING) if run.options.get("all_or_nothing") else nullcontext()
        with whole:
            _apply_schools(run, by)
        with scope.use(scope.EVERYTHING):
            remember(run)
            acts.finish_import(run, by=by)
    return _run(run_id)


def _preview_schools(run: ImportRun, by: Actor) -> None:
    def preview_school(line: ImportSchool) -> None:
        with scope.use(scope.EVERYTHING):
            acts.preview_school(line, by=by)

    lines = _lines(run)
    for done, (line, _nothing) in enumerate(_each(run, lines, preview_school), start=1):
        _show(run, 60 + 40 * done // len(lines), line.school.name)


def _apply_schools(run: ImportRun, by: Actor) -> None:
    with scope.use(scope.EVERYTHING):
        acts.learn_nomenclatures(run, by=by)
    lines = [line for line in _lines(run) if line.applied_at is None]
    seen: acts.Seen = {}

    def apply_school(line: ImportSchool) -> bool:
        with scope.use(scope.EVERYTHING):
            return acts.import_school(line, seen=seen, by=by)

    for done, (line, applied) in enumerate(_each(run, lines, apply_school), start=1):
        _show(run, 60 + 40 * done // len(lines), line.school.name)
        if not applied and run.options.get("all_or_nothing"):
            raise SourceRefused(
                _("Tout ou rien : %(school)s dépasse le seuil, donc rien n’est appliqué.")
                % {"school": line.school.name},
                "",
            )


def _each(
    run: ImportRun, lines: list[ImportSchool], work: Callable[[ImportSchool], T]
) -> Iterator[tuple[ImportSchool, T]]:
    """Each school with what `work` answers: two abreast, or in turn where one transaction holds them all."""
    if connection.in_atomic_block:
        return ((line, work(line)) for line in lines)
    with scope.use(scope.EVERYTHING):
        shared = neighbours(run)
    return abreast(lines, work, shared)


def _read(run_id: int, by: Actor) -> ImportRun:
    """Stage the files of a run and match them with the directory."""
    run = _run(run_id)
    with scope.use(scope.EVERYTHING):
        acts.begin_reading(run)
    with files_of(run) as paths:
        stage_files(run, paths, by=by, progress=lambda percent, name: _show(run, percent * 55 // 100, name))
    _show(run, 55, _("Rapprochement avec l’annuaire"))
    with scope.use(scope.EVERYTHING):
        match(run)
        acts.enter(run, RunState.READING, read_at=timezone.now())
    return run


def _run(run_id: int) -> ImportRun:
    with scope.use(scope.EVERYTHING):
        return ImportRun.objects.get(pk=run_id)


def _is_staged(run: ImportRun) -> bool:
    """Whether the staging tables still hold the run: they are unlogged, a crash of the server empties them."""
    with scope.use(scope.EVERYTHING):
        return StagedEntry.objects.filter(run=run).exists()


def _lines(run: ImportRun) -> list[ImportSchool]:
    with scope.use(scope.EVERYTHING):
        return list(ImportSchool.objects.filter(run=run).select_related("run", "school").order_by("school__uai"))


def _show(run: ImportRun, percent: int, stage: str) -> None:
    with scope.use(scope.EVERYTHING):
        acts.show_progress(run, percent, stage)


def _check_not_outdated(run: ImportRun) -> None:
    """Applying old files over newer ones would bring the past back."""
    with scope.use(scope.EVERYTHING):
        later = ImportRun.objects.filter(
            kind=Source.AAF, issuer=run.issuer, day__gt=run.day, applied_at__isnull=False
        ).exclude(pk=run.pk)
        newer = later.order_by("-day").first()
    if newer and newer.day:
        raise SourceRefused(
            _("Des fichiers plus récents, du %(day)s, ont déjà été appliqués : ceux-ci ramèneraient le passé.")
            % {"day": newer.day.strftime("%d/%m/%Y")},
            "",
        )


@contextmanager
def _failing(run_id: int, by: Actor) -> Iterator[None]:
    """What stops a run is kept in it, in a sentence."""
    try:
        yield
    except Refused:
        raise
    except SourceRefused as refusal:
        _fail(run_id, refusal.sentence, by)
    except Exception:
        _fail(
            run_id,
            _("Une erreur inattendue a arrêté l’import. Rien n’est écrit à moitié : vous pouvez le relancer."),
            by,
        )
        raise


def _fail(run_id: int, sentence: str, by: Actor) -> None:
    with scope.use(scope.EVERYTHING):
        acts.fail_import(ImportRun.objects.get(pk=run_id), sentence, by=by)


@contextmanager
def _alone(run_id: int, by: Actor) -> Iterator[None]:
    """One import at a time, held by a connection of its own for as long as it takes, whatever stands in between."""
    side = connection.copy()
    try:
        side.set_autocommit(False)
        with side.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [IMPORTS_LOCK])
            if not cursor.fetchone()[0]:
                raise AnotherImport(_("Un autre import est en cours : attendez qu’il se termine."))
            _close_interrupted(run_id, by)
            yield
    finally:
        side.rollback()
        side.close()


def _close_interrupted(run_id: int, by: Actor) -> None:
    """Nobody else is at work, so a run that says it is under way was cut: its schools are whole, or untouched."""
    with scope.use(scope.EVERYTHING):
        for run in ImportRun.objects.filter(acts.interrupted(), kind=Source.AAF).exclude(pk=run_id):
            acts.fail_import(
                run, _("L’import a été interrompu. Rien n’est écrit à moitié : vous pouvez le relancer."), by=by
            )


def _day_of(path: Path) -> tuple[str, str]:
    found = re.search(r"20\d{6}", path.name.replace(".", ""))
    return (found[0] if found else "", path.name)


# --- Years ---


@dataclass(frozen=True)
class Turned:
    """What became of one school: its year, or the sentence that says why not."""

    school: School
    year: SchoolYear | None
    refusal: str = ""


@jobs.job(name="directory.prepare_years", lock="directory.years")
def prepare_years(asked_by: int) -> None:
    """Prepare the next year in every school that has none in preparation."""
    turn_years(prepare_year, by=_actor(asked_by))


@jobs.job(name="directory.open_years", lock="directory.years")
def open_years(asked_by: int) -> None:
    """Open the prepared year in every school whose time has come."""
    turn_years(open_year, by=_actor(asked_by))


def turn_years(turn: Callable[..., SchoolYear], *, by: Actor, schools: list[School] | None = None) -> list[Turned]:
    """Prepare or open the year of these schools (default: all that have one), each in a transaction of its own."""
    with scope.use(scope.EVERYTHING):
        waiting = schools_to_turn() if schools is None else schools
    return [_turned(turn, school, by) for school in waiting]


def _turned(turn: Callable[..., SchoolYear], school: School, by: Actor) -> Turned:
    try:
        with scope.use(scope.EVERYTHING):
            return Turned(school, turn(school, by=by))
    except Refused as refusal:
        return Turned(school, None, refusal.sentence)


def _actor(account_id: int) -> Actor:
    with scope.use(scope.EVERYTHING):
        person = Person.objects.get(account=account_id)
    return Actor(person.full_name, account_id=account_id, person_id=person.pk)
