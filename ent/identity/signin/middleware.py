"""What stands between signing in and the pages: gates, a fresh proof before a sensitive act, the browser's token."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from ent.core.pages import READING, Request, View, referring_path, see_other
from ent.identity.signin.queries.devices import COOKIE, KEEP
from ent.identity.signin.queries.entering import ProofRequired
from ent.identity.signin.queries.entrances import PASSWORD, gates

CONFIRM = "secondfactor:confirm"


class Gates:
    """Sends whoever has something to do before any other page to where it is done."""

    def __init__(self, answer: Callable[[Request], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        response = self.answer(request)
        token = getattr(request, "device_token", "")
        if token:
            # No script reads it, and it opens nothing by itself.
            secure = request.is_secure()
            response.set_cookie(COOKIE, token, max_age=KEEP, httponly=True, secure=secure, samesite="Lax")
        return response

    def process_view(
        self, request: Request, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if getattr(view, "endpoint_public", True) or match is None or not request.user.is_authenticated:
            return None
        name = _first(request)
        if not name or gates[name].lets_through(match.view_name):
            return None
        return see_other(gates[name].url_name)

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ProofRequired):
            return None
        back = request.get_full_path() if request.method in READING else referring_path(request)
        return see_other(reverse(CONFIRM) + "?" + urlencode({"next": back or "/"}, safe="/"))


def _first(request: Request) -> str:
    """The first gate that stands. A password handed out anew stands at once, in sessions already open too."""
    if request.user.must_change_password:  # type: ignore[union-attr]
        return PASSWORD
    names = request.session.get("gates") or [""]
    return str(names[0])
