"""One File model: its content lies encrypted outside the database, each file under its own key; a school's quota."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ent.core.fields import SealedBytesField
from ent.foundation.files.enums import ScanState
from ent.foundation.files.templatetags.sizes import size_text
from ent.foundation.schools.models import SCHOOL_READS, School

MIB = 1024 * 1024


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


class SchoolQuota(models.Model):
    """The room that the region gives to one school and to each person in it, in bytes; null: as the settings say.

    A school reads its own; only the region and system jobs write it.
    """

    row_reads: ClassVar[str] = f"{SCHOOL_READS} OR (SELECT ent_region())"
    row_writes: ClassVar[str] = "(SELECT ent_everything()) OR (SELECT ent_region())"

    school = models.OneToOneField(School, models.CASCADE, related_name="+", verbose_name=_("établissement"))
    size = models.BigIntegerField(_("espace de l’établissement"), null=True, blank=True)
    person_size = models.BigIntegerField(_("espace de chaque personne"), null=True, blank=True)
    # Since when the space is almost full, as its correspondant was told; null while it is not.
    almost_full_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("quota de l’établissement")
        constraints = [
            models.CheckConstraint(condition=Q(size__isnull=True) | Q(size__gte=MIB), name="school_quota_size"),
            models.CheckConstraint(
                condition=Q(person_size__isnull=True) | Q(person_size__gte=MIB), name="school_quota_person_size"
            ),
        ]

    def __str__(self) -> str:
        parts = {"school": size_text(self.most), "person": size_text(self.most_of_person)}
        return gettext("%(school)s en tout, %(person)s par personne") % parts

    @property
    def most(self) -> int:
        """The most bytes that the files of the school take together."""
        return settings.FILES_SCHOOL_SIZE if self.size is None else self.size

    @property
    def most_of_person(self) -> int:
        """The most bytes that the files of one person take in the school."""
        return settings.FILES_PERSON_SIZE if self.person_size is None else self.person_size
