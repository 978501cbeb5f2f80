"""Closed lists of signing in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Who one is on the page « Qui êtes-vous ? »."""

    FAMILY = "famille", _("Élève ou parent")
    STAFF = "personnel", _("Enseignant ou personnel")
    AGRICULTURAL = "agricole", _("Enseignement agricole")
    OTHER = "autre", _("Apprenti ou autre compte")
