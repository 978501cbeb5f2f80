"""One File model: its content lies encrypted outside the database, each file under its own key."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedBytesField
from ent.foundation.files.enums import ScanState
from ent.foundation.schools.models import School


class File(models.Model):
    """A file of a school, or of the region (`school` is null)."""

    row_reads: ClassVar[str] = (
        "(SELECT ent_everything()) OR {table}.school_id = ANY ((SELECT ent_schools())::bigint[])"
        " OR ({table}.school_id IS NULL AND (SELECT ent_region()))"
    )
    row_writes: ClassVar[str] = (
        "(SELECT ent_everything()) OR {table}.school_id = (SELECT ent_write_school())"
        " OR ({table}.school_id IS NULL AND (SELECT ent_region()))"
    )

    school = models.ForeignKey(School, models.CASCADE, null=True, blank=True, related_name="+")
    # `app.kind` of the registry of uses (see permissions.py), which says who may download it.
    use = models.CharField(_("usage"), max_length=60)
    name = models.CharField(_("nom"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.BigIntegerField(_("taille"))
    digest = models.BinaryField(_("empreinte SHA-256"), max_length=32)
    # The file's own key, sealed under the master key.
    key = SealedBytesField()
    path = models.CharField(max_length=100, unique=True)
    scan = models.CharField(_("analyse"), max_length=10, choices=ScanState, default=ScanState.OFF)
    owner_account = models.BigIntegerField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fichier")

    def __str__(self) -> str:
        return self.name
