"""Addresses that people have shown to be theirs, and the links that are mailed to them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedTextField
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import EVERYTHING_ONLY, OWN_ACCOUNT


class ProvenAddress(models.Model):
    """The e-mail address that the holder of an account has proved to read, by opening a link sent to it.

    Two accounts may have the same (a couple's); `key` finds them (`queries.addresses.address_key`).
    """

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.OneToOneField(Account, models.CASCADE, related_name="proven_address")
    address = SealedTextField(_("courriel vérifié"))
    key = models.BinaryField(max_length=16, db_index=True)
    proven_at = models.DateTimeField(_("vérifié le"), default=timezone.now)

    class Meta:
        verbose_name = _("courriel vérifié")


class KnownDevice(models.Model):
    """A browser in which an account has been opened before; it keeps a token, this is its keyed hash."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="known_devices")
    digest = models.BinaryField(max_length=16, unique=True)
    name = models.CharField(_("appareil"), max_length=200)
    first_at = models.DateTimeField(_("depuis"), default=timezone.now)
    last_at = models.DateTimeField(_("dernière connexion"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("appareil connu")


class MailedLink(models.Model):
    """A link sent by mail to the holder of an account, good once and until `expires_at`.

    Nothing here opens it: its token is worked out from `nonce` under the service's own secret (`queries.links`).
    """

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    # A `LinkPurpose` declared in an app's `entrances.py`.
    purpose = models.CharField(_("objet"), max_length=40)
    address = SealedTextField(_("courriel"))
    nonce = models.BinaryField(max_length=16)
    created_at = models.DateTimeField(_("envoyé le"), default=timezone.now)
    expires_at = models.DateTimeField(_("valable jusqu’au"), db_index=True)
    used_at = models.DateTimeField(_("utilisé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("lien envoyé par courriel")
        indexes = [models.Index(fields=["account", "purpose", "-created_at"], name="mailed_link_of_account")]


class AskedLink(models.Model):
    """Somebody has asked for a link, counted for what they typed and for the address they came from: keyed hashes."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    typed_key = models.BinaryField(max_length=16)
    address_key = models.BinaryField(max_length=16, null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("lien demandé")
        indexes = [
            models.Index(fields=["typed_key", "-at"], name="asked_link_of_typed"),
            models.Index(fields=["address_key", "-at"], name="asked_link_of_address"),
        ]


class LinkRequest(models.Model):
    """Somebody asks for a link and says who they are. A job answers, so that the page takes the same time whoever it
    is; the row goes with the answer."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    purpose = models.CharField(_("objet"), max_length=40)
    typed = SealedTextField(_("ce qui a été tapé"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("demande de lien")
