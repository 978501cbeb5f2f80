"""One index for everything that can be found by its name."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from ent.foundation.schools.models import SchoolOwned


class SearchEntry(SchoolOwned):
    """A thing of a school, as a search finds it. Derived from other tables, written by `refresh` only.

    There is no text index on purpose: row security lets PostgreSQL use none with the operators of text search, and
    the rows of one school, which the unique constraint gathers, are few (docs/features/search.md).
    """

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    title = models.CharField(_("titre"), max_length=200)
    subtitle = models.CharField(_("sous-titre"), max_length=200, blank=True)
    # French words by which it is found beside its title.
    body = models.TextField(blank=True)
    # Who may find it: words of the source's own, compared with those of the viewer.
    audience = ArrayField(models.TextField())
    plain = models.GeneratedField(
        expression=Func(F("title"), function="ent_plain"), output_field=models.TextField(), db_persist=True
    )
    vector = models.GeneratedField(
        expression=Func(F("title"), F("subtitle"), F("body"), function="ent_search_vector"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("entrée de recherche")
        constraints = [models.UniqueConstraint(fields=["school", "kind", "object_id"], name="search_entry_once")]

    def __str__(self) -> str:
        return self.title
