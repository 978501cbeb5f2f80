"""Whom a school, or the region, does not let in for now."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Family
from ent.directory.models import Division
from ent.foundation.schools.models import EVERYTHING_ONLY, SchoolOwned, SchoolOwnedManager, SchoolOwnedQuerySet
from ent.identity.access.enums import Kind


class Closures(SchoolOwnedQuerySet):
    """Closures, those of a day first of all."""

    def in_force(self, day: date | None = None) -> Self:
        """Those that close something on that day, today if none is given."""
        day = day or timezone.localdate()
        return self.filter(Q(reopens_on__isnull=True) | Q(reopens_on__gt=day), starts__lte=day)


class ClosuresManager(SchoolOwnedManager.from_queryset(Closures)):  # type: ignore[misc]
    def get_queryset(self) -> Closures:
        return Closures(self.model, using=self._db).in_scope()


class Closure(SchoolOwned):
    """Families of a school, or of one of its divisions, that do not come in between two days."""

    kind = models.CharField(_("nature"), max_length=10, choices=Kind)
    # Without it, the whole school.
    division = models.ForeignKey(Division, models.CASCADE, null=True, blank=True, related_name="+")
    families = ArrayField(models.CharField(max_length=20, choices=Family), verbose_name=_("pour"))
    reason = models.CharField(_("raison"), max_length=200, blank=True)
    starts = models.DateField(_("depuis"), default=timezone.localdate)
    # The first day on which it closes nothing any more; without it, until somebody opens again.
    reopens_on = models.DateField(_("rouvre le"), null=True, blank=True)
    closed_by = models.CharField(_("fermé par"), max_length=200)

    objects: ClassVar[ClosuresManager] = ClosuresManager()

    class Meta:
        verbose_name = _("fermeture")
        constraints = [
            models.CheckConstraint(
                condition=Q(reopens_on__isnull=True) | Q(reopens_on__gt=F("starts")),
                name="closure_dates",
                violation_error_message=_("L’ouverture vient après aujourd’hui."),
            ),
        ]
        indexes = [models.Index(fields=["school", "starts"], name="closure_of_school")]

    @property
    def whom(self) -> str:
        """« Élèves, Responsables, 5e B »."""
        where = [self.division.label] if self.division else []
        return ", ".join([*(str(Family(family).label) for family in self.families), *where])


class ServiceClosure(models.Model):
    """The whole service, closed by the region: a row while it is."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    back_at = models.CharField(_("retour prévu"), max_length=40, blank=True)
    since = models.DateTimeField(_("depuis"), default=timezone.now)
    closed_by = models.CharField(_("fermé par"), max_length=200)

    class Meta:
        verbose_name = _("maintenance")
