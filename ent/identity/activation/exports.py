"""The paper that is handed over, one A4 sheet each as PDF, or as CSV; and the follow-up as CSV."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import segno
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.documents import pdf
from ent.core.templatetags.ent import french_date
from ent.directory.exports.lists import spreadsheet
from ent.directory.models import Division, HeadTeacher
from ent.directory.queries.administration.accounts import (
    AccountFilters,
    AccountLine,
    account_lines,
    accounts_found,
)
from ent.directory.queries.people import correspondants_of
from ent.directory.queries.structures import current_year
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import School
from ent.identity.activation.queries.handing import Sheet

TEMPLATE = Path(__file__).parent / "documents" / "sheets.typ"


def sheets_pdf(school: School, sheets: list[Sheet], until: datetime) -> bytes:
    """The sheets, one a page, in the order given."""
    last = f"{french_date(until)} {until:%Y}"
    year = current_year(school)
    helps = {division: _help(school, division) for division in {sheet.to.division for sheet in sheets}}
    data = {
        "title": _("Fiches de première connexion"),
        "school": school.name,
        "year": _("Année %(year)s") % {"year": year.label} if year else "",
        "site": urlsplit(settings.PUBLIC_URL).netloc,
        "day": f"{timezone.localdate():%d/%m/%Y}",
        "sheets": [
            {
                "name": f"{sheet.to.person.first_name} {sheet.to.person.last_name.upper()}",
                "division": sheet.to.place,
                "identifier": sheet.to.person.account.identifier,  # type: ignore[union-attr]
                "password": sheet.password,
                "until": last,
                "code": _code(sheet.to.person.account.identifier),  # type: ignore[union-attr]
                "help": helps[sheet.to.division],
            }
            for sheet in sheets
        ],
    }
    return pdf(TEMPLATE, data)


def sheets_csv(sheets: list[Sheet], until: datetime) -> bytes:
    """The same for a spreadsheet or another tool."""
    header = [_("Nom"), _("Prénom"), _("Classe"), _("Identifiant"), _("Mot de passe provisoire"), _("Valable jusqu’au")]
    last = f"{until:%d/%m/%Y}"
    rows = [
        [sheet.to.person.last_name, sheet.to.person.first_name, sheet.to.place,
         sheet.to.person.account.identifier, sheet.password, last]  # type: ignore[union-attr]
        for sheet in sheets
    ]  # fmt: skip
    return spreadsheet([header, *rows])


def follow_up_csv(school: School) -> bytes:
    """Everybody whose account opens something in the school: what they are, and where their account stands."""
    header = [_("Nom"), _("Prénom"), _("Qualité et classes"), _("Identifiant"), _("Activé le"), _("État")]
    return spreadsheet([header, *map(_follow_up_row, account_lines(accounts_found(school, AccountFilters())))])


def _follow_up_row(line: AccountLine) -> list[str]:
    person, account = line.person, line.person.account
    activated = account.activated_at if account else None
    state = _("Aucun compte") if account is None else _state(account)
    identifier = account.identifier if account else ""
    day = f"{timezone.localtime(activated):%d/%m/%Y}" if activated else ""
    return [person.last_name, person.first_name, ", ".join(line.places), identifier, day, state]


def _state(account: Account) -> str:
    if not account.is_active:
        return _("Bloqué")
    if account.activated_at:
        return _("Activé")
    if account.provisional_is_over:
        return _("Fiche périmée")
    return _("Fiche remise") if account.must_change_password else _("Jamais ouvert")


def _code(identifier: str) -> str:
    """The address of the sign-in page and the identifier, as a picture. Never the password."""
    address = f"{settings.PUBLIC_URL}/connexion/?identifiant={quote(identifier)}"
    drawn = segno.make(address, error="m").svg_inline(border=2, light="#fff")
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _help(school: School, division: Division | None) -> str:
    heads = HeadTeacher.objects.filter(division=division).select_related("membership__person") if division else ()
    teachers = [head.membership.person.formal_name for head in heads]
    correspondants = [person.formal_name for person in correspondants_of(school)]
    people = [_("votre professeur principal, %s") % name for name in teachers]
    people += [_("%s, correspondant ENT") % name for name in correspondants]
    if not people:
        return _("Demandez au secrétariat de votre établissement.")
    return _("Demandez à %s.") % _(", ou à ").join(people)
