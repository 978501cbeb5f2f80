"""Refuses what is too large before a byte of it is kept."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.pages import Request, page

MIB = 1024 * 1024
FORM = MIB  # the rest of the form


class UploadLimit:
    """Answers 413 from the length announced. A body without a length is empty to Django."""

    def __init__(self, answer: Callable[[Request], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit() or int(announced) <= settings.UPLOAD_LIMIT + FORM:
            return self.answer(request)
        sentence = _("Cet envoi est trop lourd\u00a0: %(size)d\u00a0Mo au plus.") % {
            "size": settings.UPLOAD_LIMIT // MIB
        }
        return page(request, "413.html", {"sentence": sentence}, status=413)
