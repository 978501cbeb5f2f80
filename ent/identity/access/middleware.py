"""While the region keeps the service closed, everybody else gets the page of maintenance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from ent.core.pages import Request, View
from ent.identity.access.models import ServiceClosure
from ent.identity.access.queries.officers import is_officer
from ent.identity.access.queries.service import service_closure

# The public pages by which the region's team comes in and goes out meanwhile, and what machines ask.
STAY_OPEN = ("core:", "signin:", "secondfactor:", "federation:", "demo:")
RETRY_S = 600


class ServiceClosed:
    """503, and when to come back."""

    def __init__(self, answer: Callable[[Request], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        return self.answer(request)

    def process_view(
        self, request: Request, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        is_public = getattr(view, "endpoint_public", True)
        if match is not None and is_public and match.view_name.startswith(STAY_OPEN):
            return None
        closure = service_closure()
        if closure is None or (request.user.is_authenticated and is_officer(request.user)):
            return None
        return _page(closure)


def _page(closure: ServiceClosure) -> HttpResponse:
    response = HttpResponse(render_to_string("maintenance.html", {"until": closure.back_at}), status=503)
    response["Retry-After"] = str(RETRY_S)
    response["Cache-Control"] = "no-store"
    return response
