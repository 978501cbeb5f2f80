"""Who has looked at their own contact details, and when."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT


class ContactCheck(models.Model):
    """The last time that the holder of an account has looked at their contact details."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.OneToOneField(Account, models.CASCADE, related_name="contact_check")
    checked_at = models.DateTimeField(_("vérifiées le"))

    class Meta:
        verbose_name = _("coordonnées vérifiées")
