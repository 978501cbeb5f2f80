"""Applying a run to one school, in one transaction: all of it or nothing.

The preview is the same attempt, rolled back: what it shows is what would be written, by construction (ADR 0010).
The temporary tables live as long as the transaction; the SQL of each step stands in the module of its subject.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.bulk import insert_rows
from ent.core.templatetags.ent import percent
from ent.directory.actions.imports import changes, families, nomenclatures, people, places
from ent.directory.actions.imports.changes import Changes, Line, Seen
from ent.directory.actions.imports.runs import Note, note
from ent.directory.enums import AnomalyStage, ImportEntity
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, ImportSchool
from ent.foundation.audit.actions import record
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School, SchoolYear

# How many of a school's learners, or staff, may leave without a human's word (percent).
THRESHOLD = settings.IMPORT_THRESHOLD

TEMPORARY = [
    "here",
    "role",
    "leaving",
    "newcomer",
    "wants_account",
    "new_account",
    "named",
    "member",
    "arrived",
    "structure",
    "spoken",
    "part",
    "post",
    "seat",
    "stale",
    "seated",
    "grouped",
    "left_group",
    "joined_group",
    "teacher",
    "service",
    "service_change",
    "head",
    "link",
    "untied",
    "circle",
    "answering",
    "mark",
    "field_change",
    "structure_change",
    "oddity",
]


@dataclass(slots=True)
class Outcome:
    """What an attempt did, or would do."""

    lines: list[Line]
    notes: list[Note]
    counts: dict[str, dict[str, int]]


@act("directory.learn_nomenclatures", gettext_lazy("Nomenclatures importées"))
def learn_nomenclatures(run: ImportRun, *, by: Actor) -> None:
    """Take in the MEF and subjects of a run."""
    with connection.cursor() as cursor:
        cursor.execute(nomenclatures.MEFS, {"run": run.pk})
        mefs = cursor.rowcount
        cursor.execute(nomenclatures.SUBJECTS, {"run": run.pk})
        if mefs or cursor.rowcount:
            record("directory.learn_nomenclatures", run, by=by, details={"mef": mefs, "subjects": cursor.rowcount})


@act("directory.preview_school", gettext_lazy("Aperçu d’un import dans un établissement"))
def preview_school(line: ImportSchool, *, by: Actor) -> None:
    """Make the attempt, undo it, and keep what it would have done. A preview of the whole run is recorded once."""
    with transaction.atomic():
        learn_nomenclatures(line.run, by=by)
        outcome = _attempt(line, {})
        transaction.set_rollback(True)
    _keep(line, outcome)


@act("directory.import_school", gettext_lazy("Import appliqué à un établissement"))
def import_school(line: ImportSchool, *, seen: Seen | None = None, by: Actor) -> bool:
    """Apply the run to this school, unless too many would leave and nobody has agreed. Returns whether it was applied.

    The plan is made anew: what has changed in the directory since the preview is taken as it is. `seen` is handed
    from one school to the next: what changes of a person of two schools is then told in both.
    """
    with transaction.atomic():
        outcome = _attempt(line, {} if seen is None else seen)
        if line.stopped and not line.forced_reason:
            transaction.set_rollback(True)
        else:
            line.applied_at = timezone.now()
    _keep(line, outcome)
    if line.applied_at is None:
        return False
    details = {"run": line.run_id, "counts": line.counts, "forced": line.forced_reason}
    record("directory.import_school", line, by=by, details=details)
    return True


def _attempt(line: ImportSchool, seen: Seen) -> Outcome:
    run, school = line.run, line.school
    assert run.day is not None  # reading the files has told their day
    _open_school(line)
    year = find_year(school, run.day)
    complete = [] if run.is_delta or not line.is_in_files else list(run.options.get("entities", {}))
    values: dict[str, Any] = {
        "run": run.pk,
        "school": school.pk,
        "uai": school.uai,
        "issuer": run.issuer,
        "day": run.day,
        "year": year.pk,
        "year_starts": year.starts,
        "complete": complete,
    }
    found = Changes()
    with connection.cursor() as cursor:
        # Compiling a statement costs more than running it on one school.
        cursor.execute("SET LOCAL jit = off")
        _drop_temporary(cursor)
        steps = _Steps(cursor, values)
        steps(changes.TABLES, people.HERE, places.ROLES, places.LEAVING)
        _count_departures(line, cursor, values)
        cursor.execute(places.SOMETHING, values)
        if cursor.fetchone()[0]:
            _carry_out(steps, found, seen)
        lines = found.gather(school.pk)
        return Outcome(lines, list(_notes(cursor, line)), changes.counts_of(lines, school.pk, year.pk))


def _carry_out(steps: "_Steps", found: Changes, seen: Seen) -> None:
    """Everything that is written in a school, in an order where each step finds what it points to."""
    steps(places.STRUCTURES, places.DIVISIONS, places.GROUPS)
    steps(people.NEWCOMERS, people.ACCOUNTS, people.PEOPLE, people.EXTERNAL_IDS)
    people.change_known(found, seen)
    steps(places.CLOSE, places.MEMBERSHIPS)
    people.change_schoolings(found)
    steps(people.NEW_SCHOOLINGS, places.FUNCTIONS)
    steps(families.LINKS, families.CYCLES, families.GUARDIANSHIPS, families.GUARDIAN_MEMBERSHIPS)
    steps(places.DIVISION_ENROLMENTS, places.GROUP_ENROLMENTS, places.SERVICES, places.HEADS)
    steps(people.MISSING_ACCOUNTS, people.ACCOUNTS, people.ATTACH_ACCOUNTS)


class _Steps:
    """Runs SQL scripts, statement by statement: the extended protocol takes one at a time."""

    def __init__(self, cursor: Any, values: dict[str, Any]) -> None:
        self.cursor, self.values = cursor, values

    def __call__(self, *scripts: str) -> None:
        for script in scripts:
            for statement in script.split(";\n"):
                if statement.strip():
                    self.cursor.execute(statement, self.values)


def _drop_temporary(cursor: Any) -> None:
    """Where one transaction holds several schools, those of the one before are still there."""
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join('pg_temp.' + name for name in TEMPORARY)}")


def find_year(school: School, day: date) -> SchoolYear:
    """The school year of that day, added if need be: it turns on 1 August, and is dated 1 September to 31 August.

    A first year is the current one; another waits for the roll-over.
    """
    start = day.year if day.month >= 8 else day.year - 1
    label = f"{start}-{start + 1}"
    year = SchoolYear.objects.filter(school=school, label=label).first()
    if year is None:
        current = SchoolYear.objects.filter(school=school, state=YearState.CURRENT).exists()
        year = SchoolYear.objects.create(
            school=school,
            label=label,
            starts=date(start, 9, 1),
            ends=date(start + 1, 8, 31),
            state=YearState.PREPARING if current else YearState.CURRENT,
        )
    return year


def _open_school(line: ImportSchool) -> None:
    """Bring what everybody may read of the school in line with the files."""
    school = line.school
    fields = [name for name, value in line.public.items() if getattr(school, name) != value]
    for name in fields:
        setattr(school, name, line.public[name])
    if line.is_new and not school.is_open:
        school.is_open = True
        fields.append("is_open")
    if fields:
        school.save(update_fields=fields)


def _count_departures(line: ImportSchool, cursor: Any, values: dict[str, Any]) -> None:
    cursor.execute(places.DEPARTURES, values)
    line.pupils, line.leaving, line.staff, line.staff_leaving = cursor.fetchone()
    line.stopped = past_threshold(line.leaving, line.pupils) or past_threshold(line.staff_leaving, line.staff)


def past_threshold(leaving: int, present: int) -> bool:
    """Whether too many leave: more than THRESHOLD percent of those present."""
    return leaving * 100 > present * THRESHOLD


def _notes(cursor: Any, line: ImportSchool) -> Iterator[Note]:
    cursor.execute("SELECT DISTINCT kind, entity, file, entry, field, value FROM oddity ORDER BY entity, entry, kind")
    for kind, entity, file, entry, name, value in cursor.fetchall():
        yield Note(entity, _sentence(kind, value or ""), file or "", entry or "", name, value or "", line.school_id)
    if line.stopped:
        yield Note(ImportEntity.PUPILS, stop_sentence(line), school_id=line.school_id)


def stop_sentence(line: ImportSchool) -> str:
    """Why the import of a school waits for a human."""
    if past_threshold(line.leaving, line.pupils):
        many, of, who = line.leaving, line.pupils, _("des élèves partiraient")
    else:
        many, of, who = line.staff_leaving, line.staff, _("des personnels partiraient")
    sentence = _("%(school)s : %(share)s %(who)s (%(many)d sur %(of)d). Le seuil est de %(threshold)d %%.")
    facts = {"school": line.school.name, "share": percent(many * 100 / of), "who": who, "many": many, "of": of}
    return sentence % {**facts, "threshold": THRESHOLD}


def _sentence(kind: str, value: str) -> str:
    sentences = {
        "taken": _("L’identifiant « %(value)s » désigne déjà une autre personne : il n’est pas ajouté."),
        "mef": _("Le MEF « %(value)s » est inconnu : l’élève est importé sans lui."),
        "part": _("La classe « %(value)s », dont le groupe prend des élèves, est inconnue : ce lien est ignoré."),
        "division": _("La classe « %(value)s » est inconnue : la personne est importée sans elle."),
        "divisions": _("Plusieurs classes (%(value)s) : seule la première est retenue."),
        "group": _("Le groupe « %(value)s » est inconnu : la personne est importée sans lui."),
        "subject": _("La matière « %(value)s » est inconnue : le service est importé sans elle."),
        "guardian": _(
            "Le responsable « %(value)s » n’est ni dans les fichiers ni dans l’annuaire : ce lien est ignoré."
        ),
        "oneself": _("L’élève est son propre responsable sans que le lien le dise (70) : ce lien est ignoré."),
        "cycle": _("Ces personnes seraient responsables l’une de l’autre : ce lien est ignoré."),
    }
    return sentences[kind] % {"value": value[:120]}


def _keep(line: ImportSchool, outcome: Outcome) -> None:
    """Write the plan of a school in the report, in place of an earlier one."""
    ImportChange.objects.filter(run=line.run, school=line.school)._raw_delete("default")
    ImportAnomaly.objects.filter(run=line.run, school=line.school, stage=AnomalyStage.PLANNING).delete()
    rows = list(changes.rows_of(outcome.lines, line.run_id, line.school_id))
    if rows:
        insert_rows("directory_importchange", changes.COLUMNS, rows)
    note(line.run, outcome.notes, AnomalyStage.PLANNING)
    line.counts = outcome.counts
    line.save()
