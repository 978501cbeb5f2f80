"""The journal as a file for a spreadsheet."""

import json
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from ent.directory.exports.lists import spreadsheet
from ent.foundation.audit.models import Record

MOST_LINES = 20_000


def journal_file(records: Iterable[Record]) -> bytes:
    """The records as CSV, at most `MOST_LINES` of them: the dates then say where to go on."""
    header = [_("Date"), _("Heure"), _("Auteur"), _("Acte"), _("Objet"), _("Raison"), _("Détails"), _("Numéro")]
    return spreadsheet([header, *map(_row, records)])


def _row(record: Record) -> list[str]:
    at = timezone.localtime(record.at)
    return [
        f"{at:%d/%m/%Y}",
        f"{at:%H:%M:%S}",
        record.actor_label,
        record.action_label,
        record.target_label,
        record.reason,
        json.dumps(record.details, ensure_ascii=False) if record.details else "",
        str(record.pk),
    ]
