"""The paper that is handed over: one A4 sheet each, as PDF."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.documents import pdf
from ent.core.templatetags.ent import french_date
from ent.directory.models import Division, HeadTeacher
from ent.directory.queries.people import correspondants_of
from ent.identity.activation.queries import Sheet

TEMPLATE = Path(__file__).parent / "documents" / "sheets.typ"


def sheets_pdf(division: Division, sheets: list[Sheet], until: datetime) -> bytes:
    """The sheets of a division, one a page, in the order given."""
    last = f"{french_date(until)} {until:%Y}"
    whom = _help(division)
    data = {
        "title": _("Fiches de première connexion, %(division)s") % {"division": division.label},
        "school": division.school.name,
        "year": _("Année %(year)s") % {"year": division.year.label},
        "site": urlsplit(settings.PUBLIC_URL).netloc,
        "day": f"{timezone.localdate():%d/%m/%Y}",
        "sheets": [
            {
                "name": f"{sheet.person.first_name} {sheet.person.last_name.upper()}",
                "division": sheet.division,
                "identifier": sheet.person.account.identifier,  # type: ignore[union-attr]
                "password": sheet.password,
                "until": last,
                "code": _code(sheet.person.account.identifier),  # type: ignore[union-attr]
                "help": whom,
            }
            for sheet in sheets
        ],
    }
    return pdf(TEMPLATE, data)


def _code(identifier: str) -> str:
    """The address of the sign-in page and the identifier, as a picture. Never the password."""
    address = f"{settings.PUBLIC_URL}/connexion/?identifiant={quote(identifier)}"
    drawn = segno.make(address, error="m").svg_inline(border=2, light="#fff")
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _help(division: Division) -> str:
    heads = HeadTeacher.objects.filter(division=division).select_related("membership__person")
    teachers = [head.membership.person.formal_name for head in heads]
    correspondants = [person.formal_name for person in correspondants_of(division.school)]
    people = [_("votre professeur principal, %s") % name for name in teachers]
    people += [_("%s, correspondant ENT") % name for name in correspondants]
    if not people:
        return _("Demandez au secrétariat de votre établissement.")
    return _("Demandez à %s.") % _(", ou à ").join(people)
