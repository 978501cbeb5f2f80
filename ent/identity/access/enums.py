"""Why an access is closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """A start that is still to come, or an access that was taken away."""

    OPENING = "ouverture", _("Ouverture à venir")
    SUSPENSION = "suspension", _("Accès suspendu")
