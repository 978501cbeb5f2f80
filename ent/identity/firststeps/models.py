"""What somebody has done of their first steps, or put off."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT


class StepTaken(models.Model):
    """One step of one account: done, or for later."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="first_steps")
    # A `FirstStep` declared in an app's `entrances.py`.
    step = models.CharField(_("étape"), max_length=40)
    is_done = models.BooleanField(_("faite"))
    at = models.DateTimeField(_("le"), default=timezone.now)

    class Meta:
        verbose_name = _("premier pas")
        constraints = [models.UniqueConstraint(fields=["account", "step"], name="first_step_once")]
