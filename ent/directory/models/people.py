"""People and what they are in schools: memberships, schooling, functions, families."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.lookups import Unaccent
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedJSONField, SealedTextField
from ent.directory.enums import (
    ExternalSystem,
    LegalDuty,
    Profile,
    Relation,
    Source,
)
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import (
    SCHOOL_READS,
    School,
    SchoolOwned,
    SchoolOwnedManager,
    SchoolOwnedQuerySet,
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
        """Memberships that belong to the school: those not over, and those in their grace period."""
        day = day or timezone.localdate()
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day) | Q(grace_until__gte=day))

    def letting_in(self, day: date | None = None) -> Self:
        """Those of them by which one comes in: not closed until later. What a closed one opens is asked of `opening`:
        whoever may not come in for now still works there, is administered there, is somebody's child there."""
        day = day or timezone.localdate()
        return self.opening(day).filter(Q(closed_until__isnull=True) | Q(closed_until__lte=day))


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
