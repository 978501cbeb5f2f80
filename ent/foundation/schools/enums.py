"""Closed lists about schools."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SchoolKind(models.TextChoices):
    """Kind of establishment."""

    COLLEGE = "college", _("Collège")
    LYCEE = "lycee", _("Lycée")
    LYCEE_PRO = "lycee_pro", _("Lycée professionnel")
    AGRICULTURAL = "lycee_agricole", _("Lycée agricole")
    CFA = "cfa", _("CFA")
    EREA = "erea", _("EREA")
    OTHER = "autre", _("Établissement")


class YearState(models.TextChoices):
    """Life of a school year in a school: one is current, at most one is being prepared."""

    PREPARING = "preparation", _("En préparation")
    CURRENT = "en_cours", _("En cours")
    CLOSED = "close", _("Close")


class PeriodKind(models.TextChoices):
    TRIMESTER = "trimestre", _("Trimestre")
    SEMESTER = "semestre", _("Semestre")


class DayKind(models.TextChoices):
    HOLIDAY = "vacances", _("Vacances")
    PUBLIC_HOLIDAY = "ferie", _("Jour férié")
    BRIDGE = "pont", _("Pont")
    CLOSED = "fermeture", _("Fermeture exceptionnelle")
