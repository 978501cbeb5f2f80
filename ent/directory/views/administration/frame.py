"""What the pages of administration share: for whom they are, and the page that holds one form."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from ent.core.pages import Request, page
from ent.directory.permissions import can_administer_region, can_administer_school
from ent.foundation.schools.models import School

FORM = "directory/administration/form.html"


def school_of(request: Request) -> School:
    """The school that the viewer administers. Raises `PermissionDenied`."""
    if not can_administer_school(request.viewer):
        raise PermissionDenied(_("Cette page est réservée à qui administre l’établissement."))
    school: School = request.viewer.school
    return school


def check_region(request: Request) -> None:
    """Raises `PermissionDenied` for who is not of the region's team, or is in a school."""
    if not can_administer_region(request.viewer):
        raise PermissionDenied(_("Cette page est réservée à l’équipe régionale, hors d’un accès temporaire."))


def sent(request: Request) -> QueryDict | None:
    """What a form has sent, even empty; None for a page that is only read."""
    return request.POST if request.method == "POST" else None


def form_page(request: Request, form: BaseForm, *, template: str = FORM, **context: Any) -> HttpResponse:
    """The page of a form: `title`, `back` (address) with `back_label`, `submit`, and if any `lead`, `tone`."""
    status = 422 if form.errors else 200
    return page(request, template, {"form": form, **context}, status=status)
