"""What proves who one is beside a password: factors, recovery codes, trusted devices; and the codes that failed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedBytesField
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT
from ent.identity.secondfactor.enums import Kind


class SecondFactor(models.Model):
    """An application or a passkey of an account. An application counts once its first code was given."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="second_factors")
    kind = models.CharField(_("nature"), max_length=12, choices=Kind)
    name = models.CharField(_("nom"), max_length=60)
    # An application: its 160-bit secret. A passkey: what WebAuthn calls attested credential data, its public key in it.
    secret = SealedBytesField(null=True)
    credential_id = models.BinaryField(null=True, unique=True)
    sign_count = models.BigIntegerField(default=0)
    # An application: the last period of thirty seconds whose code was taken, so that none is taken twice.
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("ajouté le"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("en service depuis"), null=True)
    last_used_at = models.DateTimeField(_("dernier usage"), null=True)

    class Meta:
        verbose_name = _("seconde preuve")
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(kind=Kind.APPLICATION, confirmed_at__isnull=True),
                name="one_application_being_set_up",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """One of the ten codes of a lost phone: its keyed hash only."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=16)
    created_at = models.DateTimeField(_("fait le"), default=timezone.now)
    used_at = models.DateTimeField(_("utilisé le"), null=True)

    class Meta:
        verbose_name = _("code de secours")
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")]


class TrustedDevice(models.Model):
    """A browser that is not asked the second proof again for a while; it holds the token, this is its keyed hash."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="trusted_devices")
    digest = models.BinaryField(max_length=16, unique=True)
    name = models.CharField(_("appareil"), max_length=200)
    created_at = models.DateTimeField(_("depuis"), default=timezone.now)
    expires_at = models.DateTimeField(_("jusqu’au"))

    class Meta:
        verbose_name = _("appareil de confiance")


class FailedCode(models.Model):
    """A wrong code or a refused key, counted for the account."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("code refusé")
        indexes = [models.Index(fields=["account", "-at"], name="failed_code_of_account")]
