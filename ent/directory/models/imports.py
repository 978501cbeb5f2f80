"""What an import reads, plans and has done."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedJSONField
from ent.directory.enums import (
    AnomalyStage,
    Effect,
    RunState,
    Source,
)
from ent.directory.models.people import Person
from ent.foundation.files.models import File
from ent.foundation.schools.models import (
    EVERYTHING_ONLY,
    SCHOOL_READS,
    School,
    SchoolOwned,
)


class ImportRun(models.Model):
    """One import: its files, its preview, its decision and its report."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR ({table}.school_id IS NULL AND (SELECT ent_region()))"
        " OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
        " OR EXISTS (SELECT 1 FROM directory_importschool s WHERE s.run_id = {table}.id)"
    )
    row_writes: ClassVar[str] = (
        "(SELECT ent_everything()) OR (SELECT ent_region()) OR {table}.school_id = (SELECT ent_write_school())"
    )

    kind = models.CharField(_("nature"), max_length=10, choices=Source)
    is_delta = models.BooleanField(_("différentiel"), default=False)
    label = models.CharField(_("titre"), max_length=200)
    # A school's own import (CSV), or null for the region's.
    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="+")
    upload = models.ForeignKey(File, models.SET_NULL, null=True, blank=True, related_name="+")
    paths = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    state = models.CharField(_("état"), max_length=20, choices=RunState, default=RunState.WAITING)
    progress = models.PositiveSmallIntegerField(_("avancement"), default=0)
    stage = models.CharField(_("étape"), max_length=200, blank=True)
    asked_by = models.CharField(_("demandé par"), max_length=200)
    asked_by_person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    # The académie whose identifiers the files carry, and the day the files speak of.
    issuer = models.CharField(max_length=10, blank=True)
    day = models.DateField(_("date des fichiers"), null=True, blank=True)
    # SHA-256 of the files: what the scheduled folder has already given is known by it.
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    # Totals by ImportEntity: {"eleves": {"created": 18, "changed": 64, "closed": 172, "reopened": 0, "unchanged": 1842,
    # "anomalies": 3}, …}
    counts = models.JSONField(default=dict)
    failure = models.TextField(_("raison de l’échec"), blank=True)

    class Meta:
        verbose_name = _("import")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.label


class ImportSchool(SchoolOwned):
    """What an import does in one school; where a threshold is passed it waits for a human."""

    # Numbers only: the region decides on them for its own imports; whom they are about is the school's.
    row_reads: ClassVar[str] = SCHOOL_READS + " OR (SELECT ent_region())"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="schools")
    # Learners and staff brought by this source before the import, and those of them whom it would close.
    pupils = models.PositiveIntegerField(default=0)
    leaving = models.PositiveIntegerField(default=0)
    staff = models.PositiveIntegerField(default=0)
    staff_leaving = models.PositiveIntegerField(default=0)
    # The school was unknown before this import: it stays closed to the ENT until the import is applied.
    is_new = models.BooleanField(_("nouvel établissement"), default=False)
    # The files describe the school itself, so that a complete import gives everybody of it.
    is_in_files = models.BooleanField(default=False)
    # What they say of it to everybody: fields of School.
    public = models.JSONField(default=dict)
    stopped = models.BooleanField(_("seuil dépassé"), default=False)
    forced_reason = models.CharField(_("raison de l’accord"), max_length=300, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("import d’un établissement")
        constraints = [models.UniqueConstraint(fields=["run", "school"], name="import_school_once")]

    def __str__(self) -> str:
        return f"{self.run}, {self.school}"


class ImportChange(SchoolOwned):
    """One line of the preview and of the report: a person or a structure, and its fields before and after."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="changes")
    effect = models.CharField(_("effet"), max_length=10, choices=Effect)
    entity = models.CharField(_("nature"), max_length=30)
    key = models.CharField(_("identifiant"), max_length=120)
    label = models.CharField(_("personne ou structure"), max_length=200)
    sublabel = models.CharField(max_length=200, blank=True)
    # [[field, before, after], …]; sealed: it may carry addresses and phones.
    fields = SealedJSONField(null=True)

    class Meta:
        verbose_name = _("changement importé")
        indexes = [models.Index(fields=["run", "school", "effect"], name="import_change_run")]


class ImportAnomaly(models.Model):
    """What could not be understood or resolved, with a sentence that says what to do."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR (SELECT ent_region())"
        " OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
    )
    row_writes: ClassVar[str] = (
        "(SELECT ent_everything()) OR (SELECT ent_region()) OR {table}.school_id = (SELECT ent_write_school())"
    )

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="anomalies")
    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="+")
    # Where it was found: those of the plan are found anew each time it is made.
    stage = models.CharField(max_length=10, choices=AnomalyStage, default=AnomalyStage.READING)
    # Good to know, nothing is wrong.
    is_notice = models.BooleanField(default=False)
    entity = models.CharField(max_length=30, blank=True)
    file = models.CharField(_("fichier"), max_length=200, blank=True)
    entry = models.CharField(_("entrée"), max_length=120, blank=True)
    field = models.CharField(_("champ"), max_length=80, blank=True)
    value = models.CharField(_("valeur"), max_length=300, blank=True)
    sentence = models.CharField(_("explication"), max_length=500)

    class Meta:
        verbose_name = _("anomalie d’import")
        ordering = ("id",)
        indexes = [models.Index(fields=["run", "school"], name="import_anomaly_run")]


class SourceEntry(models.Model):
    """The last state of one AAF entry, as a keyed hash: an entry that did not change costs nothing."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    issuer = models.CharField(max_length=10)
    entity = models.CharField(max_length=20)
    entry = models.CharField(max_length=120)
    digest = models.BinaryField(max_length=16)
    run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("entrée de l’annuaire source")
        constraints = [models.UniqueConstraint(fields=["issuer", "entity", "entry"], name="source_entry_once")]


class StagedEntry(models.Model):
    """One entry of the files of a run, waiting to be applied. The table is unlogged: a crash of the server empties it,
    and the files are then read again.

    `facts` holds only what the entry speaks of (see ent.directory.imports.aaf.entries); an entry that has not changed
    since it was last applied is kept as `seen`, without facts.
    """

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="staged", db_constraint=False)
    entity = models.CharField(max_length=20)
    entry = models.CharField(max_length=120)
    operation = models.CharField(max_length=10)
    file = models.CharField(max_length=200)
    digest = models.BinaryField(max_length=16)
    facts = models.JSONField(null=True)
    # Sealed for the columns they go to: Person.contact, Person.ine, Schooling.social.
    contact = models.BinaryField(null=True)
    ine = models.BinaryField(null=True)
    social = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("entrée en attente")
        constraints = [models.UniqueConstraint(fields=["run", "entity", "entry"], name="staged_entry_once")]


class StagedPerson(models.Model):
    """The human an entry of a run speaks of: known, or new and already given an id."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    staged = models.OneToOneField(StagedEntry, models.CASCADE, primary_key=True, db_constraint=False)
    run_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    is_new = models.BooleanField()

    class Meta:
        verbose_name = _("personne en attente")
        indexes = [models.Index(fields=["run_id", "person_id"], name="staged_person_run")]


class StagedAccount(models.Model):
    """The identifier that a newcomer of a run will sign in with, drawn for the whole run at once: schools applied side
    by side never want the same one."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    person_id = models.BigIntegerField(primary_key=True)
    run_id = models.BigIntegerField()
    identifier = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("compte en attente")


class StagedPresence(models.Model):
    """A school that an entry of a run has something to do with."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    run_id = models.BigIntegerField()
    school_id = models.BigIntegerField()
    staged = models.ForeignKey(StagedEntry, models.CASCADE, related_name="presences", db_constraint=False)

    class Meta:
        verbose_name = _("établissement d’une entrée en attente")
        constraints = [models.UniqueConstraint(fields=["run_id", "school_id", "staged"], name="staged_presence_once")]
