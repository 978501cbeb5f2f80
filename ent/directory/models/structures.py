"""What a school teaches in: nomenclatures, divisions, groups, who is in them and who teaches there."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import (
    Source,
)
from ent.directory.models.people import Membership, OpenRowsManager
from ent.foundation.schools.models import (
    DateRange,
    SchoolOwned,
    SchoolYear,
)


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
