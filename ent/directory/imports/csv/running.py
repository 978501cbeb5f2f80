"""The import of a school's CSV file from its content to its preview, and from the decision to the directory."""

import logging
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.actors import Actor
from ent.core.errors import Refused
from ent.directory.actions.csv_imports import Plan, apply_plan, keep_preview
from ent.directory.actions.imports.runs import enter, fail_import
from ent.directory.enums import Profile, RunState, Source
from ent.directory.imports.csv.known import known_of
from ent.directory.imports.csv.mapping import Column, guess, is_header_word
from ent.directory.imports.csv.people import read_people
from ent.directory.imports.csv.plan import make_plan
from ent.directory.imports.csv.reading import Table, read_table
from ent.directory.imports.problems import SourceRefused
from ent.directory.models import ImportRun
from ent.foundation.files.queries.contents import open_file
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School

log = logging.getLogger("ent.imports")


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
    run = _waiting(run_id, RunState.READING)
    if run is None:
        return
    with scope.use(scope.of_school(run.school_id or 0)):
        try:
            keep_preview(run, plan_of(run), by=_asker(run))
        except SourceRefused as refusal:
            fail_import(run, refusal.sentence, by=_asker(run))


def apply(run_id: int) -> None:
    """Write an import that was agreed to, all of it or nothing. Where the directory has moved since the preview,
    the run goes back to a decision on a new one."""
    run = _waiting(run_id, RunState.APPLYING)
    if run is None:
        return
    with scope.use(scope.of_school(run.school_id or 0)):
        plan = plan_of(run)
        try:
            apply_plan(run, plan, by=_asker(run))
        except Refused:
            keep_preview(run, plan, by=_asker(run))
            enter(
                run,
                RunState.PREVIEWED,
                failure=_("L’annuaire a changé depuis l’aperçu\u00a0: voici ce qui changerait désormais."),
            )


def _waiting(run_id: int, state: RunState) -> ImportRun | None:
    """The run, if it is still in that state: a job may run twice."""
    with scope.use(scope.EVERYTHING):
        return (
            ImportRun.objects.select_related("school", "upload").filter(pk=run_id, state=state, kind=Source.CSV).first()
        )


def _asker(run: ImportRun) -> Actor:
    return Actor(run.asked_by, person_id=run.asked_by_person_id)
