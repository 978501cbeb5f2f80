"""What an account was told, how it wants to be told, and what left by which channel."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.notifications.enums import Channel, DeliveryState
from ent.foundation.schools.models import EVERYTHING_ONLY, OWN_ACCOUNT


class Notification(models.Model):
    """One line of an account's inbox, in the words it had when it was written."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="notifications")
    # The notice's own key: one notice makes one line.
    notice = models.CharField(max_length=100)
    name = models.CharField(_("nature"), max_length=80)
    title = models.CharField(_("titre"), max_length=200)
    text = models.CharField(_("texte"), max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=40)
    urgent = models.BooleanField(_("urgent"), default=False)
    created_at = models.DateTimeField(_("date"), auto_now_add=True)
    read_at = models.DateTimeField(_("lue le"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        ordering = ("-created_at", "-pk")
        constraints = [models.UniqueConstraint(fields=["notice", "account"], name="notification_once")]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="notification_inbox"),
            models.Index(fields=["account"], name="notification_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """An account's own choice for a category and a channel; without one, the notice's default holds."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="notification_preferences")
    category = models.CharField(_("catégorie"), max_length=40)
    channel = models.CharField(_("moyen"), max_length=10, choices=Channel)
    wanted = models.BooleanField(_("voulu"))

    class Meta:
        verbose_name = _("préférence de notification")
        constraints = [models.UniqueConstraint(fields=["account", "category", "channel"], name="preference_once")]


class Delivery(models.Model):
    """One notice to one account by one channel that leaves the ENT: the row that keeps it from leaving twice."""

    row_reads: ClassVar[str] = EVERYTHING_ONLY
    row_writes: ClassVar[str] = EVERYTHING_ONLY

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    notice = models.CharField(max_length=100)
    channel = models.CharField(_("moyen"), max_length=10, choices=Channel)
    state = models.CharField(_("état"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("envoi")
        constraints = [models.UniqueConstraint(fields=["notice", "account", "channel"], name="delivery_once")]
