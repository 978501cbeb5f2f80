"""When somebody was asked for the address by which they come back in."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT


class AddressAsked(models.Model):
    """The last time that somebody was asked for a personal address, and gave one to be verified or put it off."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("adresse de récupération demandée")
