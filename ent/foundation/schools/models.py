"""Region, schools, their years and their calendar; `SchoolOwned`, the base of every row that belongs to a school."""

from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from ent.core import prepared
from ent.foundation.schools import scope
from ent.foundation.schools.enums import DayKind, PeriodKind, SchoolKind, YearState

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def uai_letter(digits: str) -> str:
    """The check letter of a UAI's seven digits."""
    return UAI_LETTERS[int(digits) % 23]


def validate_uai(value: str) -> None:
    """Seven digits and their check letter. Raises `ValidationError` with the letter that was expected."""
    if len(value) != 8 or not (value[:7].isascii() and value[:7].isdigit()):
        raise ValidationError(_("Un UAI compte sept chiffres et une lettre, par exemple 0379901L."), code="uai")
    if value[7] != uai_letter(value[:7]):
        raise ValidationError(
            _("La lettre de l’UAI %(digits)s devrait être %(letter)s."),
            code="uai",
            params={"digits": value[:7], "letter": uai_letter(value[:7])},
        )


class DateRange(Func):
    """`daterange(a, b, '[]')`: a null end is open."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"


class Region(models.Model):
    """The collectivity that offers the ENT, and the académie whose files feed it."""

    name = models.CharField(_("nom"), max_length=120)
    academy_code = models.CharField(_("code d’académie"), max_length=3)
    holiday_zone = models.CharField(_("zone de vacances"), max_length=1, default="B")

    class Meta:
        verbose_name = _("région")

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """An establishment. What the public directory says of it is not a school's row: anyone signed in may read it."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="schools")
    uai = models.CharField("UAI", max_length=8, unique=True)
    source_id = models.CharField(_("identifiant AAF"), max_length=30, blank=True, db_index=True)
    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(_("type"), max_length=20, choices=SchoolKind, default=SchoolKind.OTHER)
    ministry = models.CharField(_("ministère de tutelle"), max_length=120, blank=True)
    sector = models.CharField(_("secteur"), max_length=20, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    street = models.CharField(_("adresse"), max_length=200, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=10, blank=True)
    city = models.CharField(_("commune"), max_length=100, blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    email = models.EmailField(_("courriel"), blank=True)
    basin = models.CharField(_("bassin"), max_length=120, blank=True)
    is_open = models.BooleanField(_("ouvert à l’ENT"), default=True)

    class Meta:
        verbose_name = _("établissement")
        ordering = ("name", "city")

    def __str__(self) -> str:
        return self.name


class SchoolOwnedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows of schools."""

    def in_scope(self) -> Self:
        """Only the schools that the scope in force may read. Raises `ScopeMissing` where there is none."""
        now = scope.current()
        if now.everything:
            return self
        if prepared.building():
            return self.filter(school_id__any=prepared.Parameter("schools", ask=_readable))
        return self.filter(school_id__in=now.reads)


def _readable() -> list[int]:
    return sorted(scope.current().reads)


prepared.vary_by(lambda: scope.is_set() and scope.current().everything)


class SchoolOwnedManager(models.Manager.from_queryset(SchoolOwnedQuerySet)):  # type: ignore[misc]
    """Refuses an unscoped query: every queryset begins inside the scope in force."""

    def get_queryset(self) -> SchoolOwnedQuerySet:
        return SchoolOwnedQuerySet(self.model, using=self._db).in_scope()


EVERYTHING_ONLY = "(SELECT ent_everything())"
OWN_ACCOUNT = "(SELECT ent_everything()) OR {table}.account_id = (SELECT ent_account())"
SCHOOL_READS = "(SELECT ent_everything()) OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
SCHOOL_WRITES = "(SELECT ent_everything()) OR {table}.school_id = (SELECT ent_write_school())"


class SchoolOwned(models.Model):
    """A row that belongs to one school, held by `SchoolOwnedManager` and by PostgreSQL's row-level security."""

    row_reads: ClassVar[str] = SCHOOL_READS
    row_writes: ClassVar[str] = SCHOOL_WRITES

    school = models.ForeignKey(School, models.CASCADE, related_name="+", verbose_name=_("établissement"))

    objects: ClassVar[SchoolOwnedManager] = SchoolOwnedManager()

    class Meta:
        abstract = True


class SchoolYear(SchoolOwned):
    """A school year in a school."""

    label = models.CharField(_("libellé"), max_length=20)
    starts = models.DateField(_("début"))
    ends = models.DateField(_("fin"))
    state = models.CharField(_("état"), max_length=20, choices=YearState, default=YearState.PREPARING)

    class Meta:
        verbose_name = _("année scolaire")
        ordering = ("-starts",)
        constraints = [
            models.UniqueConstraint(
                fields=["school", "label"],
                name="school_year_label_once",
                violation_error_message=_("Cette année scolaire existe déjà dans l’établissement."),
            ),
            models.UniqueConstraint(
                fields=["school"],
                condition=Q(state=YearState.CURRENT),
                name="school_year_one_current",
                violation_error_message=_("Une seule année scolaire peut être en cours."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=models.F("starts")),
                name="school_year_dates",
                violation_error_message=_("La fin de l’année doit suivre son début."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Term(SchoolOwned):
    """A trimester or a semester of a school's year."""

    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="terms")
    kind = models.CharField(_("découpage"), max_length=20, choices=PeriodKind, default=PeriodKind.TRIMESTER)
    number = models.PositiveSmallIntegerField(_("numéro"))
    starts = models.DateField(_("début"))
    ends = models.DateField(_("fin"))

    class Meta:
        verbose_name = _("période")
        ordering = ("starts",)
        constraints = [
            models.UniqueConstraint(
                fields=["year", "number"],
                name="term_number_once",
                violation_error_message=_("Cette période existe déjà."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=models.F("starts")),
                name="term_dates",
                violation_error_message=_("La fin de la période doit suivre son début."),
            ),
            ExclusionConstraint(
                name="term_no_overlap",
                expressions=[("year", RangeOperators.EQUAL), (DateRange("starts", "ends"), RangeOperators.OVERLAPS)],
                violation_error_message=_("Deux périodes d’une même année ne peuvent pas se chevaucher."),
            ),
        ]

    def __str__(self) -> str:
        ordinal = "1er" if self.number == 1 else f"{self.number}e"
        return f"{ordinal} {self.get_kind_display().lower()}"


class CalendarDay(models.Model):
    """Days without lessons for the whole region: holidays of its zone, public holidays, bridges."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="days")
    kind = models.CharField(_("nature"), max_length=20, choices=DayKind)
    label = models.CharField(_("libellé"), max_length=100)
    starts = models.DateField(_("premier jour"))
    ends = models.DateField(_("dernier jour"))

    class Meta:
        verbose_name = _("jours sans classe")
        ordering = ("starts",)
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "starts"],
                name="calendar_day_once",
                violation_error_message=_("Ces jours figurent déjà au calendrier."),
            ),
            models.CheckConstraint(
                condition=Q(ends__gte=models.F("starts")),
                name="calendar_day_dates",
                violation_error_message=_("Le dernier jour ne peut pas précéder le premier."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class SchoolDay(SchoolOwned):
    """Days without lessons that one school adds to the region's calendar."""

    kind = models.CharField(_("nature"), max_length=20, choices=DayKind, default=DayKind.CLOSED)
    label = models.CharField(_("libellé"), max_length=100)
    starts = models.DateField(_("premier jour"))
    ends = models.DateField(_("dernier jour"))

    class Meta:
        verbose_name = _("jours sans classe de l’établissement")
        ordering = ("starts",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=models.F("starts")),
                name="school_day_dates",
                violation_error_message=_("Le dernier jour ne peut pas précéder le premier."),
            ),
        ]

    def __str__(self) -> str:
        return self.label
