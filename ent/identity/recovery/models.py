"""What somebody leaves to come back in by: an address, answers."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import OWN_ACCOUNT
from ent.identity.recovery.enums import Question


class AddressAsked(models.Model):
    """The last time that somebody was asked for a personal address, and gave one to be verified or put it off."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("le"))

    class Meta:
        verbose_name = _("adresse de récupération demandée")


class SecretAnswer(models.Model):
    """An answer that an apprentice has chosen, as its Argon2id hash: asked beside a code of the CFA, never alone
    (CNIL, deliberation 2022-100: a question is no proof by itself)."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    question = models.CharField(_("question"), max_length=20, choices=Question)
    answer = models.CharField(_("réponse hachée"), max_length=200)

    class Meta:
        verbose_name = _("réponse secrète")
        constraints = [models.UniqueConstraint(fields=["account", "question"], name="secret_answer_once")]


class FailedAnswer(models.Model):
    """A wrong answer, counted to slow down whoever guesses."""

    row_reads: ClassVar[str] = OWN_ACCOUNT
    row_writes: ClassVar[str] = OWN_ACCOUNT

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("le"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("réponse refusée")
