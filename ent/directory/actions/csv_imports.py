"""What a school brings by a CSV file: asked for, its columns named, previewed, applied in one transaction."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.bulk import insert_rows
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.directory.actions.imports.changes import COLUMNS, Line, rows_of
from ent.directory.actions.imports.runs import Note, enter, note, tell_finished, total_up
from ent.directory.enums import AnomalyStage, RunState, Source
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, ImportSchool, Person
from ent.directory.notifications import ImportFinished
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.files.models import File
from ent.foundation.notifications.actions import notify
from ent.foundation.schools.models import School
from ent.foundation.search.actions import refresh
from ent.foundation.search.queries import sources

BATCH = 1_000
# Identifiers are drawn one import at a time.
ACCOUNTS_LOCK = 0xACC7


@dataclass
class Plan:
    """What a file would do in a school: rows to add in order (a row stands after those it points to), rows to change
    with their fields, and how all this reads in the preview. Nothing is removed: what ends gets a date.

    Years, divisions and groups are added first, since a change may point to them; the others last, since what ends
    makes room for them.
    """

    structures: list[Model] = field(default_factory=list)
    new: list[Model] = field(default_factory=list)
    changed: dict[Model, set[str]] = field(default_factory=dict)
    # The people to whom an account is given, and `prenom.nom`.
    accounts: list[tuple[Person, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    # Learners, then staff and others, brought by this source and those whom it would close.
    pupils: int = 0
    leaving: int = 0
    staff: int = 0
    staff_leaving: int = 0
    stopped: bool = False

    def digest(self) -> str:
        """The same for two plans that do the same things."""
        told = [[line.effect, line.entity, line.label, line.sublabel, line.fields] for line in self.lines]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@act("directory.ask_csv_import", gettext_lazy("Import CSV demandé"))
def ask_csv_import(school: School, upload: File, *, by: Actor) -> ImportRun:
    """Register a CSV file of a school; its columns remain to be named."""
    run = ImportRun.objects.create(
        kind=Source.CSV,
        label=_("Import CSV"),
        day=timezone.localdate(),
        school=school,
        upload=upload,
        asked_by=by.label,
        asked_by_person_id=by.person_id,
    )
    record("directory.ask_csv_import", run, by=by, details={"file": upload.name})
    return run


@act("directory.choose_columns", gettext_lazy("Colonnes d’un fichier CSV choisies"))
def choose_columns(run: ImportRun, columns: Mapping[str, str], options: Mapping[str, Any], *, by: Actor) -> None:
    """Say what each column (by its name in lower case) gives, and how to read the file; the preview is then computed.

    Asked again before the decision, it begins the preview anew. Raises `Refused` once it is too late.
    """
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in {RunState.WAITING, RunState.PREVIEWED, RunState.FAILED}:
        raise Refused(_("Cet import est déjà en cours ou terminé."))
    kept = {"columns": dict(columns), **options}
    enter(run, RunState.READING, options=kept, progress=0, stage=_("Lecture du fichier"), failure="")
    enqueue("directory.preview_csv", run_id=run.pk, lock=f"import {run.pk}")
    record("directory.choose_columns", run, by=by, details={"columns": sorted(filter(None, columns.values()))})


@act("directory.preview_csv_import", gettext_lazy("Aperçu d’un import CSV prêt"))
def keep_preview(run: ImportRun, plan: Plan, *, by: Actor) -> None:
    """Keep what a file would do, for whoever decides."""
    assert run.school_id
    ImportChange.objects.filter(run=run).delete()
    ImportAnomaly.objects.filter(run=run).delete()
    insert_rows("directory_importchange", COLUMNS, rows_of(plan.lines, run.pk, run.school_id))
    note(run, plan.notes, AnomalyStage.PLANNING)
    ImportSchool.objects.update_or_create(
        run=run,
        school_id=run.school_id,
        defaults={
            "pupils": plan.pupils,
            "leaving": plan.leaving,
            "staff": plan.staff,
            "staff_leaving": plan.staff_leaving,
            "stopped": plan.stopped,
            "counts": plan.counts,
        },
    )
    total_up(run)
    options = {**run.options, "digest": plan.digest()}
    enter(run, RunState.PREVIEWED, options=options, progress=100, stage="", read_at=timezone.now())
    record("directory.preview_csv_import", run, by=by, details={"lines": len(plan.lines)})
    notify(ImportFinished(run.pk))


@act("directory.apply_csv_import", gettext_lazy("Import CSV appliqué"))
def apply_plan(run: ImportRun, plan: Plan, *, by: Actor) -> None:
    """Write what was previewed, all of it or nothing. Raises `Refused` when the directory has moved since."""
    if plan.digest() != run.options.get("digest"):
        raise Refused(_("L’annuaire a changé depuis l’aperçu. Relancez l’aperçu, puis décidez."))
    _add(plan.structures)
    _change(plan)
    _add(plan.new)
    _give_accounts(plan)
    line = ImportSchool.objects.get(run=run, school_id=run.school_id)
    line.applied_at = timezone.now()
    line.save(update_fields=["applied_at"])
    total_up(run)
    enter(run, RunState.APPLIED, progress=100, stage="", applied_at=line.applied_at)
    for kind, source in sources.items():
        if source.select:
            refresh(kind, [line.school_id])
    record("directory.apply_csv_import", run, by=by, details={"counts": plan.counts})
    tell_finished(run)


@act("directory.export_report", gettext_lazy("Compte rendu d’import exporté"))
def record_report(run: ImportRun, *, school: School | None, by: Actor) -> None:
    """Tell that the report of an import, as seen from a school or from the region, was taken out as a file."""
    record("directory.export_report", run, by=by, school_id=school.pk if school else None)


def _class_of(row: Model) -> Any:
    return type(row)


def _add(rows: list[Model]) -> None:
    """Rows of one class stand together: those they point to have their ids by then."""
    for model, alike in groupby(rows, key=_class_of):
        model._base_manager.bulk_create(list(alike), batch_size=BATCH)


def _change(plan: Plan) -> None:
    by_fields: dict[tuple[Any, tuple[str, ...]], list[Model]] = {}
    for row, fields in plan.changed.items():
        by_fields.setdefault((_class_of(row), tuple(sorted(fields))), []).append(row)
    for (model, names), rows in by_fields.items():
        model._base_manager.bulk_update(rows, names, batch_size=BATCH)


def _give_accounts(plan: Plan) -> None:
    """`prenom.nom`, then `prenom.nom2`…: an account that nobody can enter until its person activates it."""
    if not plan.accounts:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ACCOUNTS_LOCK])
    last = _last_numbers({base for _person, base in plan.accounts})
    accounts = []
    for person, base in plan.accounts:
        last[base] = last.get(base, 0) + 1
        account = Account(identifier=base if last[base] == 1 else f"{base}{last[base]}")
        account.set_unusable_password()
        person.account = account
        accounts.append(account)
    Account.objects.bulk_create(accounts, batch_size=BATCH)
    for person, _base in plan.accounts:
        person.account_id = person.account.pk if person.account else None
    Person.objects.bulk_update([person for person, _base in plan.accounts], ["account"], batch_size=BATCH)


def _last_numbers(bases: set[str]) -> dict[str, int]:
    """The highest number taken after each base."""
    sql = """
        SELECT b.base, max(coalesce(nullif(substr(a.identifier, length(b.base) + 1), '')::int, 1))
        FROM unnest(%s::text[]) AS b(base)
        JOIN accounts_account a ON a.identifier ~>=~ b.base AND a.identifier ~<~ (b.base || ':')
            AND substr(a.identifier, length(b.base) + 1) ~ '^[0-9]{0,6}$'
        GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [sorted(bases)])
        return dict(cursor.fetchall())
