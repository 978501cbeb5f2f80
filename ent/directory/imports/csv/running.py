"""The import of a school's CSV file from its content to its preview, and from the decision to the directory."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.actors import Actor
from ent.core.errors import Refused
from ent.directory.actions.csv_imports import Plan, apply_plan, ask_csv_import, choose_columns, keep_preview
from ent.directory.actions.imports.runs import enter, fail_import
from ent.directory.enums import Profile, RunState, Source
from ent.directory.imports.csv.known import known_of
from ent.directory.imports.csv.mapping import Column, guess, is_header_word, problems_of
from ent.directory.imports.csv.people import read_people
from ent.directory.imports.csv.plan import make_plan
from ent.directory.imports.csv.reading import Table, decode, read_table
from ent.directory.imports.problems import SourceRefused
from ent.directory.models import ImportRun
from ent.foundation.files.actions import store_file
from ent.foundation.files.queries.contents import open_file
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School


def table_of(run: ImportRun) -> Table:
    """The table of a run's file. Raises `SourceRefused`."""
    if run.upload is None:
        raise SourceRefused(_("Le fichier de cet import n’est plus gardé. Déposez-le de nouveau."), run.label)
    return read_table(b"".join(open_file(run.upload)), run.upload.name, is_header_word)


def columns_of(run: ImportRun, table: Table) -> list[Column]:
    """Its columns: as they were chosen for this run, else guessed, from what the school chose last first."""
    remembered = run.options.get("columns") or remembered_columns(run)
    return guess(table, remembered)


def remembered_columns(run: ImportRun) -> Mapping[str, str]:
    """The field of each header (in lower case) in the school's last import that was applied."""
    past = ImportRun.objects.filter(school=run.school, kind=Source.CSV, state=RunState.APPLIED).exclude(pk=run.pk)
    last = past.order_by("-pk").first()
    return last.options.get("columns", {}) if last else {}


def likely_profile(school: School | None, columns: list[Column]) -> Profile:
    """The profile of the lines that give none."""
    trained = any(column.field.startswith(("maitre.", "entreprise.")) for column in columns)
    return Profile.APPRENTICE if trained or (school and school.kind == SchoolKind.CFA) else Profile.PUPIL


def plan_of(run: ImportRun) -> Plan:
    """What the file would do today, as its columns were chosen. In the scope of the school. Raises `SourceRefused`."""
    assert run.school
    table = table_of(run)
    chosen = run.options["columns"]
    columns = {i: chosen.get(header.casefold(), "") for i, header in enumerate(table.header)}
    profile = Profile(run.options["profile"])
    told = read_people(table, columns, uai=run.school.uai, profile=profile)
    return make_plan(
        told,
        known_of(run.school, timezone.localdate()),
        close_missing=bool(run.options.get("close_missing")),
        file=table.file,
    )


def preview(run_id: int) -> None:
    """Work out the preview of a run that asks for it; it then waits for a decision, or says why it cannot."""
    with _held(run_id, RunState.READING) as run:
        if run is None:
            return
        try:
            keep_preview(run, plan_of(run), by=_asker(run))
        except SourceRefused as refusal:
            fail_import(run, refusal.sentence, by=_asker(run))


def apply(run_id: int) -> None:
    """Write an import that was agreed to, all of it or nothing. Where the directory has moved since the preview,
    the run goes back to a decision on a new one."""
    with _held(run_id, RunState.APPLYING) as run:
        if run is None:
            return
        plan = plan_of(run)
        try:
            apply_plan(run, plan, by=_asker(run))
        except Refused:
            keep_preview(run, plan, by=_asker(run))
            sentence = _("L’annuaire a changé depuis l’aperçu\u00a0: voici ce qui changerait désormais.")
            enter(run, RunState.PREVIEWED, failure=sentence)


def take_file(path: Path, school: School, *, profile: str = "", close_missing: bool = False, by: Actor) -> ImportRun:
    """Import a file of this machine up to its preview, its columns as they are guessed. Raises `SourceRefused`."""
    with scope.use(scope.of_school(school.pk)):
        content = plain_text(path.read_bytes(), path.name)
        file = store_file(content, name=path.name, use="directory.import", school=school, owner=None, by=by)
        run = ask_csv_import(school, file, by=by)
        columns = columns_of(run, table_of(run))
        if problems := problems_of({column.index: column.field for column in columns}):
            raise SourceRefused(" ".join(map(str, problems)), path.name)
        named = {column.header.casefold(): column.field for column in columns}
        options = {"profile": profile or likely_profile(school, columns), "close_missing": close_missing}
        choose_columns(run, named, options, by=by)
    preview(run.pk)
    return run


@contextmanager
def _held(run_id: int, state: RunState) -> Iterator[ImportRun | None]:
    """The run in the scope of its school, held until the block ends; None if it is no longer in that state, since a
    job may run twice."""
    with scope.use(scope.EVERYTHING):
        school_id = ImportRun.objects.values_list("school", flat=True).get(pk=run_id)
    with scope.use(scope.of_school(school_id or 0)):
        held = ImportRun.objects.select_for_update(of=("self",)).select_related("school", "upload")
        yield held.filter(pk=run_id, state=state, kind=Source.CSV).first()


def _asker(run: ImportRun) -> Actor:
    return Actor(run.asked_by, person_id=run.asked_by_person_id)


def plain_text(content: bytes, file: str) -> BinaryIO:
    """A CSV file in UTF-8, whatever its encoding was, once it is known to hold a table. Raises `SourceRefused`."""
    read_table(content, file, is_header_word)
    text, _encoding = decode(content, file)
    return io.BytesIO(text.encode("utf-8-sig"))
