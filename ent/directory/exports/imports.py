"""The report of an import as a file for a spreadsheet."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ent.directory.enums import ImportEntity
from ent.directory.exports.lists import spreadsheet
from ent.directory.queries.import_pages import RunPage


def report_csv(shown: RunPage) -> bytes:
    """What an import changes and what it could not understand, as far as the viewer may see: a line a field."""
    header = [
        _("Effet"), _("Établissement"), _("Nature"), _("Personne ou structure"), _("Précision"), _("Champ"), _("Avant"),
        _("Après"), _("Fichier"), _("Entrée"), _("Explication"),
    ]  # fmt: skip
    return spreadsheet([header, *_changes(shown), *_anomalies(shown)])


def _changes(shown: RunPage) -> Iterator[list[str]]:
    for change in shown.changes.select_related("school").iterator(chunk_size=2_000):
        for name, before, after in change.fields or [["", "", ""]]:
            yield [
                change.get_effect_display(), change.school.name, _nature(change.entity), change.label,
                change.sublabel, name, before, after, "", "", "",
            ]  # fmt: skip


def _anomalies(shown: RunPage) -> Iterator[list[str]]:
    for one in shown.anomalies.iterator(chunk_size=2_000):
        kind = _("Information") if one.is_notice else _("Anomalie")
        school = one.school.name if one.school else ""
        yield [kind, school, _nature(one.entity), "", "", one.field, one.value, "", one.file, one.entry, one.sentence]


def _nature(entity: str) -> str:
    """What a line is about, as the page says it; an anomaly of a whole file is about nothing in particular."""
    return str(ImportEntity(entity).label) if entity in ImportEntity.values else entity
