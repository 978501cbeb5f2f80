"""People and what they are in schools: memberships, families, divisions, groups, assignments, delegations, imports."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.lookups import Unaccent
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedJSONField, SealedTextField
from ent.directory.enums import (
    AnomalyStage,
    Effect,
    ExternalSystem,
    LegalDuty,
    Office,
    Profile,
    Relation,
    RunState,
    Source,
    Stay,
)
from ent.foundation.accounts.models import Account
from ent.foundation.files.models import File
from ent.foundation.schools.models import (
    EVERYTHING_ONLY,
    SCHOOL_READS,
    DateRange,
    School,
    SchoolOwned,
    SchoolOwnedManager,
    SchoolOwnedQuerySet,
    SchoolYear,
)

VISIBLE_PERSON = (
    "(SELECT ent_everything()) OR {table}.id = (SELECT ent_person())"
    " OR {table}.home_school_id = ANY ((SELECT ent_schools())::bigint[])"
    " OR EXISTS (SELECT 1 FROM directory_membership m WHERE m.person_id = {table}.id)"
    " OR ((SELECT ent_region()) AND EXISTS"
    " (SELECT 1 FROM directory_delegation d WHERE d.person_id = {table}.id AND d.school_id IS NULL))"
)
WRITABLE_PERSON = VISIBLE_PERSON
OF_VISIBLE_PERSON = (
    "(SELECT ent_everything()) OR EXISTS (SELECT 1 FROM directory_person p WHERE p.id = {table}.person_id)"
)

AVATAR_COLOURS = ("loire", "ciel", "glycine", "prune", "brique", "ocre", "vigne", "ardoise")


def name_order(path: str = "") -> tuple[Lower | str, ...]:
    """How people are ordered: by name then first name, accents ignored whatever the collation.

    `path` leads to the person (`"person__"`).
    """
    return Lower(Unaccent(f"{path}last_name")), Lower(Unaccent(f"{path}first_name")), f"{path}pk"


def sealed(path: str = "") -> tuple[str, str]:
    """The encrypted columns of a person, which a list defers: opening them takes time and a list shows neither."""
    return f"{path}contact", f"{path}ine"


class PersonQuerySet(models.QuerySet["Person"]):
    """People."""

    def by_name(self) -> Self:
        return self.order_by(*name_order())


class Person(models.Model):
    """One human in the region, whatever the number of their schools and profiles."""

    row_reads: ClassVar[str] = VISIBLE_PERSON
    row_writes: ClassVar[str] = WRITABLE_PERSON

    account = models.OneToOneField(Account, models.SET_NULL, null=True, blank=True, related_name="person")
    home_school = models.ForeignKey(
        School,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("établissement d’origine"),
    )
    civility = models.CharField(_("civilité"), max_length=10, blank=True)
    last_name = models.CharField(_("nom"), max_length=100)
    birth_name = models.CharField(_("nom de famille"), max_length=100, blank=True)
    first_name = models.CharField(_("prénom"), max_length=100)
    other_names = models.CharField(_("autres prénoms"), max_length=200, blank=True)
    birth_date = models.DateField(_("date de naissance"), null=True, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    # {"address": [l1, l2, l3, l4], "postal_code", "city", "country", "home", "mobile", "work", "sms"}
    contact = SealedJSONField(_("coordonnées"), null=True, blank=True)
    shares_address = models.BooleanField(_("accepte la diffusion de l’adresse"), default=False)
    ine = SealedTextField("INE", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("personne")
        indexes = [
            models.Index(fields=["last_name", "first_name"], name="person_name"),
            models.Index(Lower("email"), name="person_email", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def formal_name(self) -> str:
        """« Mme Fabre », as a pupil or a parent says it."""
        return f"{self.civility}\u00a0{self.last_name}" if self.civility else self.full_name

    @property
    def polite_name(self) -> str:
        """« Mme Hélène Fabre »."""
        return f"{self.civility}\u00a0{self.full_name}" if self.civility else self.full_name

    @property
    def colour(self) -> str:
        """The person's avatar colour: one of the eight of the design, always the same."""
        return AVATAR_COLOURS[(self.pk or 0) % len(AVATAR_COLOURS)]

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper()


class ExternalId(models.Model):
    """An identifier that another system gave to a person."""

    row_reads: ClassVar[str] = OF_VISIBLE_PERSON
    row_writes: ClassVar[str] = OF_VISIBLE_PERSON

    person = models.ForeignKey(Person, models.CASCADE, related_name="external_ids")
    system = models.CharField(_("système"), max_length=20, choices=ExternalSystem)
    # The académie code, or the UAI for a school's own numbers.
    issuer = models.CharField(_("émetteur"), max_length=10)
    value = models.CharField(_("valeur"), max_length=120)

    class Meta:
        verbose_name = _("identifiant externe")
        constraints = [
            models.UniqueConstraint(
                fields=["system", "issuer", "value"],
                name="external_id_once",
                violation_error_message=_("Cet identifiant désigne déjà une autre personne."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"


class Dated(models.QuerySet):  # type: ignore[type-arg]
    """Rows with dates: those in force on a day, today if none is given."""

    def on(self, day: date | None = None) -> Self:
        day = day or timezone.localdate()
        return self.not_over(day).filter(starts__lte=day)

    def not_over(self, day: date | None = None) -> Self:
        """Those of the day, and those to come."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day or timezone.localdate()))


class OpenRows(Dated, SchoolOwnedQuerySet):  # type: ignore[override]
    """Rows of schools with dates."""

    def opening(self, day: date | None = None) -> Self:
        """Memberships that open something: those not over or in their grace period, and not closed meanwhile."""
        day = day or timezone.localdate()
        still = self.filter(Q(ends__isnull=True) | Q(ends__gte=day) | Q(grace_until__gte=day))
        return still.filter(Q(closed_until__isnull=True) | Q(closed_until__lte=day))


class OpenRowsManager(SchoolOwnedManager.from_queryset(OpenRows)):  # type: ignore[misc]
    def get_queryset(self) -> OpenRows:
        return OpenRows(self.model, using=self._db).in_scope()


class Membership(SchoolOwned):
    """A person in a school, in one profile, between two dates."""

    # A person reads their own memberships before any school is known: that is how the scope is found.
    row_reads: ClassVar[str] = SCHOOL_READS + " OR {table}.person_id = (SELECT ent_person())"

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    profile = models.CharField(_("profil"), max_length=30, choices=Profile)
    function = models.CharField(_("fonction"), max_length=120, blank=True)
    starts = models.DateField(_("depuis"))
    ends = models.DateField(_("jusqu’au"), null=True, blank=True)
    # Opens nothing before this day: not opened yet, or suspended. Worked out by `ent.identity.access`.
    closed_until = models.DateField(_("fermée jusqu’au"), null=True, blank=True)
    # After `ends`, one still reads one's own things until this day (arrêté of 30 November 2006, art. 6: 3 months).
    grace_until = models.DateField(_("accès prolongé jusqu’au"), null=True, blank=True)
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)

    objects: ClassVar[OpenRowsManager] = OpenRowsManager()

    class Meta:
        verbose_name = _("appartenance")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "school", "profile"],
                name="membership_once",
                violation_error_message=_("Cette personne a déjà ce profil dans l’établissement."),
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="membership_dates",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
        ]
        indexes = [models.Index(fields=["school", "profile", "person"], name="membership_school_profile")]

    def __str__(self) -> str:
        return f"{self.get_profile_display()}, {self.school}"

    @property
    def is_guardian(self) -> bool:
        return self.profile == Profile.GUARDIAN


class Schooling(SchoolOwned):
    """What the files say of a pupil's schooling in a school."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="schooling")
    mef = models.ForeignKey("Mef", models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(_("statut"), max_length=30, blank=True)
    level = models.CharField(_("niveau de formation"), max_length=120, blank=True)
    track = models.CharField(_("filière"), max_length=120, blank=True)
    subjects = models.JSONField(_("enseignements suivis"), default=list, blank=True)
    # {"boarding": str, "transport": bool, "scholarship": bool}: social facts, sealed.
    social = SealedJSONField(_("régime, transport, bourse"), null=True, blank=True)
    entered_on = models.DateField(_("entrée"), null=True, blank=True)
    left_on = models.DateField(_("sortie"), null=True, blank=True)

    class Meta:
        verbose_name = _("scolarité")


class StaffFunction(SchoolOwned):
    """A function held in a school (ENTPersonFonctions): a person may hold several."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="functions")
    code = models.CharField(_("code"), max_length=10)
    label = models.CharField(_("libellé"), max_length=120, blank=True)
    discipline_code = models.CharField(_("code de discipline"), max_length=20, blank=True)
    discipline = models.CharField(_("discipline"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("fonction")
        constraints = [
            models.UniqueConstraint(fields=["membership", "code", "discipline_code"], name="staff_function_once")
        ]


class Guardianship(models.Model):
    """Who answers for a pupil, in what capacity and in what order to be called."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR (SELECT ent_person()) IN ({table}.pupil_id, {table}.guardian_id)"
        " OR EXISTS (SELECT 1 FROM directory_person p WHERE p.id = {table}.pupil_id)"
    )
    row_writes: ClassVar[str] = (
        "(SELECT ent_everything()) OR EXISTS (SELECT 1 FROM directory_person p WHERE p.id = {table}.pupil_id)"
    )

    pupil = models.ForeignKey(Person, models.CASCADE, related_name="guardianships")
    guardian = models.ForeignKey(Person, models.CASCADE, related_name="wards")
    relation = models.CharField(_("lien"), max_length=4, choices=Relation, default=Relation.OTHER)
    legal = models.PositiveSmallIntegerField(_("responsabilité"), choices=LegalDuty, default=LegalDuty.NONE)
    pays = models.BooleanField(_("responsable financier"), default=False)
    contact_rank = models.PositiveSmallIntegerField(_("rang de contact"), default=0)
    payment_rank = models.PositiveSmallIntegerField(_("rang de paiement"), default=0)
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)

    class Meta:
        verbose_name = _("responsabilité")
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "guardian"],
                name="guardianship_once",
                violation_error_message=_("Ce responsable est déjà rattaché à cet élève."),
            ),
            models.CheckConstraint(
                condition=~Q(pupil=F("guardian")) | Q(relation=Relation.SELF),
                name="guardianship_not_self",
                violation_error_message=_("Un élève n’est son propre responsable que s’il est majeur ou émancipé."),
            ),
        ]


class Mef(models.Model):
    """National nomenclature of training modules (module élémentaire de formation), 11 characters."""

    code = models.CharField(max_length=11, unique=True)
    label = models.CharField(max_length=200)
    stat_code = models.CharField(max_length=11, blank=True)
    parent_code = models.CharField(max_length=11, blank=True)

    class Meta:
        verbose_name = "MEF"

    def __str__(self) -> str:
        return self.label


class NationalSubject(models.Model):
    """National nomenclature of subjects, 6 digits."""

    code = models.CharField(max_length=10, unique=True)
    label = models.CharField(max_length=200)
    parent_code = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("matière nationale")

    def __str__(self) -> str:
        return self.label


class Division(SchoolOwned):
    """A class of pupils in one school year (« 2de 4 »)."""

    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="divisions")
    code = models.CharField(_("code"), max_length=40)
    label = models.CharField(_("nom"), max_length=120)
    mef = models.ForeignKey(Mef, models.SET_NULL, null=True, blank=True, related_name="+")
    level = models.CharField(_("niveau"), max_length=120, blank=True)
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)
    is_open = models.BooleanField(_("ouverte"), default=True)

    class Meta:
        verbose_name = _("classe")
        ordering = ("label",)
        constraints = [
            models.UniqueConstraint(
                fields=["year", "code"],
                name="division_code_once",
                violation_error_message=_("Une classe porte déjà ce code cette année."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class Group(SchoolOwned):
    """A group of pupils of one or several divisions in one school year."""

    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="groups")
    code = models.CharField(_("code"), max_length=40)
    label = models.CharField(_("nom"), max_length=120)
    divisions = models.ManyToManyField(Division, through="GroupDivision", related_name="groups")
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)
    is_open = models.BooleanField(_("ouvert"), default=True)

    class Meta:
        verbose_name = _("groupe")
        ordering = ("label",)
        constraints = [
            models.UniqueConstraint(
                fields=["year", "code"],
                name="group_code_once",
                violation_error_message=_("Un groupe porte déjà ce code cette année."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class GroupDivision(SchoolOwned):
    """The divisions whose pupils a group takes."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="division_links")
    division = models.ForeignKey(Division, models.CASCADE, related_name="group_links")

    class Meta:
        verbose_name = _("classe d’un groupe")
        constraints = [models.UniqueConstraint(fields=["group", "division"], name="group_division_once")]


ONE_PLACE = Q(division__isnull=False, group__isnull=True) | Q(division__isnull=True, group__isnull=False)


class Enrolment(SchoolOwned):
    """A learner in a division or in a group between two dates: a change of division keeps its history."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="enrolments")
    division = models.ForeignKey(Division, models.CASCADE, null=True, blank=True, related_name="enrolments")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="enrolments")
    starts = models.DateField(_("depuis"))
    ends = models.DateField(_("jusqu’au"), null=True, blank=True)
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)

    objects: ClassVar[OpenRowsManager] = OpenRowsManager()

    class Meta:
        verbose_name = _("inscription")
        constraints = [
            models.CheckConstraint(condition=ONE_PLACE, name="enrolment_one_place"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="enrolment_dates",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
            ExclusionConstraint(
                name="enrolment_one_division",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    (DateRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
                condition=Q(division__isnull=False),
                violation_error_message=_("Un élève n’est inscrit que dans une classe à la fois."),
            ),
            ExclusionConstraint(
                name="enrolment_group_once",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (DateRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
                condition=Q(group__isnull=False),
                violation_error_message=_("Cet élève est déjà dans ce groupe."),
            ),
        ]


class HeadTeacher(SchoolOwned):
    """The head teacher (professeur principal) of a division."""

    division = models.ForeignKey(Division, models.CASCADE, related_name="head_teachers")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="head_of")
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)

    class Meta:
        verbose_name = _("professeur principal")
        constraints = [models.UniqueConstraint(fields=["division", "membership"], name="head_teacher_once")]


class TeachingAssignment(SchoolOwned):
    """A teacher teaches a subject to a division or a group."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="assignments")
    division = models.ForeignKey(Division, models.CASCADE, null=True, blank=True, related_name="assignments")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="assignments")
    subject = models.ForeignKey(NationalSubject, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.MANUAL)

    class Meta:
        verbose_name = _("service d’enseignement")
        constraints = [
            models.CheckConstraint(condition=ONE_PLACE, name="assignment_one_place"),
            models.UniqueConstraint(
                fields=["membership", "division", "group", "subject"],
                name="assignment_once",
                nulls_distinct=False,
                violation_error_message=_("Ce service existe déjà."),
            ),
        ]


class Apprenticeship(SchoolOwned):
    """An apprentice, their master and the company between two dates."""

    apprentice = models.ForeignKey(Membership, models.CASCADE, related_name="apprenticeships")
    master = models.ForeignKey(Membership, models.CASCADE, related_name="apprentices")
    company = models.CharField(_("entreprise"), max_length=200)
    company_siret = models.CharField("SIRET", max_length=14, blank=True)
    starts = models.DateField(_("début"))
    ends = models.DateField(_("fin"), null=True, blank=True)
    source = models.CharField(_("origine"), max_length=10, choices=Source, default=Source.CSV)

    objects: ClassVar[OpenRowsManager] = OpenRowsManager()

    class Meta:
        verbose_name = _("apprentissage")
        constraints = [
            models.UniqueConstraint(
                fields=["apprentice", "master"],
                name="apprenticeship_once",
                violation_error_message=_("Ce maître d’apprentissage suit déjà cet apprenti."),
            )
        ]


class Delegation(models.Model):
    """Who administers what, between two dates: a school (correspondant ENT) or the region."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR {table}.person_id = (SELECT ent_person()) OR (SELECT ent_region())"
        " OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
    )
    row_writes: ClassVar[str] = (
        "(SELECT ent_everything()) OR (SELECT ent_region()) OR {table}.school_id = (SELECT ent_write_school())"
    )

    person = models.ForeignKey(Person, models.CASCADE, related_name="delegations")
    office = models.CharField(_("charge"), max_length=20, choices=Office)
    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="+")
    starts = models.DateField(_("depuis"), default=timezone.localdate)
    ends = models.DateField(_("jusqu’au"), null=True, blank=True)
    given_by = models.CharField(_("donnée par"), max_length=200, blank=True)

    objects = Dated.as_manager()

    class Meta:
        verbose_name = _("délégation")
        constraints = [
            models.CheckConstraint(
                condition=Q(office=Office.SCHOOL, school__isnull=False) | Q(office=Office.REGION, school__isnull=True),
                name="delegation_place",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                name="delegation_dates",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
            ExclusionConstraint(
                name="delegation_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (models.functions.Coalesce(F("school"), 0), RangeOperators.EQUAL),
                    (DateRange("starts", "ends"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Cette personne a déjà cette délégation à ces dates."),
            ),
        ]

    @property
    def is_to_come(self) -> bool:
        return self.starts > timezone.localdate()


class SchoolVisit(models.Model):
    """A region officer's logged, time-limited access to one school's data, with its reason."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR {table}.person_id = (SELECT ent_person()) OR (SELECT ent_region())"
        " OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
    )
    row_writes: ClassVar[str] = "(SELECT ent_everything()) OR (SELECT ent_region())"

    person = models.ForeignKey(Person, models.CASCADE, related_name="school_visits")
    school = models.ForeignKey(School, models.CASCADE, related_name="+")
    reason = models.CharField(_("raison"), max_length=300)
    opened_at = models.DateTimeField(_("ouvert le"), default=timezone.now)
    expires_at = models.DateTimeField(_("expire le"))
    closed_at = models.DateTimeField(_("fermé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("accès de la région à un établissement")
        ordering = ("-opened_at",)


def default_provisional_days() -> int:
    return int(settings.PROVISIONAL_DAYS)


class SchoolSettings(SchoolOwned):
    """What a school chooses for itself."""

    logo = models.ForeignKey(File, models.SET_NULL, null=True, blank=True, related_name="+")
    accent = models.CharField(_("couleur"), max_length=20, default="loire")
    notice = models.CharField(_("message d’accueil"), max_length=500, blank=True)
    notice_until = models.DateField(_("affiché jusqu’au"), null=True, blank=True)
    provisional_days = models.PositiveSmallIntegerField(_("validité des fiches"), default=default_provisional_days)
    # How long a device of their own may keep a learner or a guardian signed in; 0: never.
    stay_days = models.PositiveSmallIntegerField(_("rester connecté"), default=30, choices=Stay)

    class Meta:
        verbose_name = _("réglages de l’établissement")
        constraints = [models.UniqueConstraint(fields=["school"], name="school_settings_once")]


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
