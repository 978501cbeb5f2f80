"""The list of a division or of a group as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from ent.directory.permissions import can_see_birth_date, can_see_email
from ent.directory.queries.structures import Learner
from ent.directory.viewer import Viewer

# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def class_list(viewer: Viewer, learners: Iterable[Learner]) -> bytes:
    """The learners as CSV: name, first name, division, groups, and by right their birth date and e-mail."""
    header = [_("Nom"), _("Prénom"), _("Classe"), _("Groupes"), _("Date de naissance"), _("Courriel")]
    return spreadsheet([header, *(_row(viewer, learner) for learner in learners)])


def _row(viewer: Viewer, learner: Learner) -> list[str]:
    person, profiles = learner.person, {learner.profile}
    birth_date = person.birth_date if can_see_birth_date(viewer, person, profiles) else None
    return [
        person.last_name,
        person.first_name,
        learner.division.label if learner.division else "",
        ", ".join(group.label for group in learner.groups),
        f"{birth_date:%d/%m/%Y}" if birth_date else "",
        person.email if can_see_email(viewer, person, profiles) else "",
    ]


def spreadsheet(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as French spreadsheets open them: `;`, UTF-8 with its mark; what looks like a formula stays a text."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
