"""Closed lists about accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountState(models.TextChoices):
    """Where an account stands."""

    ACTIVE = "actifs", _("Activés")
    NEVER = "jamais", _("Jamais activés")
    LOCKED = "bloques", _("Bloqués")
