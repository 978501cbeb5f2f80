"""Closed lists of signing in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """Whom a way in is for, in the order of the page « Qui êtes-vous ? »."""

    FAMILIES = "families", _("Élève ou parent")
    STAFF = "staff", _("Enseignant ou personnel")
    AGRICULTURE = "agriculture", _("Enseignement agricole")
    LOCAL = "local", _("Apprenti ou autre compte")
