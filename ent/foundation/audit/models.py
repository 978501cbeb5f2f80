"""The journal: who did what, when, to what. Append-only; rows are sealed into a hash chain by small batches."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.foundation.schools.models import School


class Record(models.Model):
    """One act. It names people and things as they were, without foreign keys: it outlives them."""

    append_only: ClassVar[bool] = True
    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
        " OR ({table}.school_id IS NULL AND (SELECT ent_region()))"
    )
    # Anyone may add to the journal; nobody may change it (append_only).
    row_writes: ClassVar[str] = "true"

    at = models.DateTimeField(_("date"), auto_now_add=True, db_index=True)
    school = models.ForeignKey(School, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    action = models.CharField(_("action"), max_length=80)
    actor_label = models.CharField(_("auteur"), max_length=200)
    actor_account = models.BigIntegerField(null=True)
    actor_person = models.BigIntegerField(null=True)
    reason = models.CharField(_("raison"), max_length=300, blank=True)
    target_type = models.CharField(max_length=80, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_label = models.CharField(_("objet"), max_length=200, blank=True)
    details = models.JSONField(_("détails"), default=dict)
    request = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("acte du journal")
        ordering = ("-id",)
        indexes = [models.Index(fields=["school", "-id"], name="audit_school_recent")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"


class Seal(models.Model):
    """A batch of records sealed together: `digest` covers the seal before it and every record of the batch."""

    append_only: ClassVar[bool] = True

    sealed_at = models.DateTimeField(auto_now_add=True)
    first_record = models.BigIntegerField(unique=True)
    last_record = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    records = models.JSONField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("sceau du journal")
        ordering = ("id",)
