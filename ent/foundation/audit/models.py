"""The journal: who did what, when, to what. Append-only; rows are sealed into a hash chain by small batches."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.core.acts import label_of
from ent.core.fields import SealedBytesField
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
        indexes = [
            models.Index(fields=["school", "-id"], name="audit_school_recent"),
            models.Index(fields=["actor_person", "-id"], name="audit_actor_recent"),
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_target_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"

    @property
    def action_label(self) -> str:
        """The act in French words."""
        return label_of(self.action)


SYSTEM_ONLY = "(SELECT ent_everything())"


class Unsealed(models.Model):
    """A record that no seal covers yet; a trigger adds it with the record, sealing takes it away."""

    row_reads: ClassVar[str] = SYSTEM_ONLY
    row_writes: ClassVar[str] = SYSTEM_ONLY

    record = models.OneToOneField(
        Record, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="unsealed"
    )

    class Meta:
        verbose_name = _("acte à sceller")

    def __str__(self) -> str:
        return str(self.pk)


class SealingKey(models.Model):
    """The secret that signs seals. It lies under the master key: the owner of the tables alone cannot forge a seal."""

    row_reads: ClassVar[str] = SYSTEM_ONLY
    row_writes: ClassVar[str] = SYSTEM_ONLY

    # The master key at its birth: another master key brings another sealing key.
    born_under = models.CharField(max_length=32)
    secret = SealedBytesField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("clé des sceaux")

    def __str__(self) -> str:
        return f"{self.pk} ({self.born_under})"


class Seal(models.Model):
    """A batch of records sealed together. `digest` signs every other column, hence the seal before and each record."""

    append_only: ClassVar[bool] = True
    row_reads: ClassVar[str] = SYSTEM_ONLY
    row_writes: ClassVar[str] = SYSTEM_ONLY

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    previous = models.BinaryField(max_length=32)
    records = ArrayField(models.BigIntegerField())
    # 32 bytes a record, in the same order: they tell which one of the batch was changed.
    record_digests = models.BinaryField()
    # No record was left waiting: a later seal holds no much earlier act.
    complete = models.BooleanField()
    key = models.ForeignKey(SealingKey, models.DO_NOTHING, db_constraint=False, related_name="+")
    digest = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("sceau du journal")
        ordering = ("number",)

    def __str__(self) -> str:
        return f"n° {self.number}"
