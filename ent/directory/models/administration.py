"""Who administers a school or the region, and what a school has settled."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import (
    Office,
    Stay,
)
from ent.directory.models.people import Dated, Person
from ent.foundation.files.models import File
from ent.foundation.schools.models import (
    DateRange,
    School,
    SchoolOwned,
)


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
