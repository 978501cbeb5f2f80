"""The charter of use: what each family of people agrees to, version after version."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Family
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT


class Charter(models.Model):
    """One version of the charter of a family of people. It never changes once it is published."""

    family = models.CharField(_("pour qui"), max_length=20, choices=Family)
    version = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("texte"))
    published_at = models.DateTimeField(_("publiée le"), default=timezone.now)

    class Meta:
        verbose_name = _("charte")
        constraints = [models.UniqueConstraint(fields=["family", "version"], name="charter_version_once")]

    def __str__(self) -> str:
        return f"{self.get_family_display()}, version {self.version}"


class CharterAcceptance(models.Model):
    """The holder of an account has agreed to a charter."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    charter = models.ForeignKey(Charter, models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField(_("acceptée le"), default=timezone.now)

    class Meta:
        verbose_name = _("charte acceptée")
        constraints = [models.UniqueConstraint(fields=["account", "charter"], name="charter_accepted_once")]
