"""The sheet that hands a provisional password over: kept sealed from one page to the next, shown once."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.core.pages import Request, page
from ent.directory.models import Person

SHEET = b"administration.sheet"


def keep_sheet(request: Request, person: Person, password: str) -> None:
    """Keep a provisional password, sealed, until the next page shows it."""
    sealed = crypto.seal(password.encode(), purpose=SHEET)
    request.session["sheet"] = {"person": person.pk, "sealed": sealed.hex()}


def sheet_page(request: Request, person: Person) -> HttpResponse:
    """The identifier and the provisional password of a person the first time; afterwards, that it cannot be read."""
    context = {
        "title": _("Fiche de connexion"),
        "person": person,
        "password": _taken(request, person),
        "site": settings.PUBLIC_URL,
    }
    return page(request, "directory/administration/sheet.html", context)


def _taken(request: Request, person: Person) -> str:
    kept = request.session.get("sheet")
    if not kept or kept["person"] != person.pk:
        return ""
    del request.session["sheet"]
    return crypto.unseal(bytes.fromhex(kept["sealed"]), purpose=SHEET).decode()
