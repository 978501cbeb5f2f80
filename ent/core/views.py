"""Pages that belong to no feature: those that machines read, and the refusal of a form without its token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ent.core import health
from ent.core.pages import endpoint


@endpoint("GET", public=True, database=False)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nothing of anyone else."""
    return _never_kept(JsonResponse({"status": "ok"}))


@endpoint("GET", public=True, database=False)
def readyz(request: HttpRequest) -> HttpResponse:
    """The service may receive requests; 503 with the part that fails otherwise."""
    parts = health.parts()
    ready = all(state == health.OK for state in parts.values())
    status = "ok" if ready else "unavailable"
    return _never_kept(JsonResponse({"status": status, "parts": parts}, status=200 if ready else 503))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: most often a page left open too long."""
    return render(request, "403_csrf.html", status=403)


def _never_kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
