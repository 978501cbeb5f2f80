"""Pages that belong to no feature: those that machines read, and the refusal of a form without its token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ent.core import health
from ent.core.pages import ending, endpoint, page


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


@endpoint("GET", public=True, database=False)
def offline(request: HttpRequest) -> HttpResponse:
    """The page a device shows when it cannot reach the service; the service worker keeps it."""
    return HttpResponse(render_to_string("offline.html"))


@endpoint("GET", public=True, database=False)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps `offline`; at the root, so that it answers for every page."""
    script = render_to_string("service_worker.js")
    return _never_kept(HttpResponse(script, content_type="text/javascript; charset=utf-8"))


@endpoint("GET", public=True)
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every component once; mounted in development and in the demonstration only."""
    theme = request.GET.get("theme", "")
    return render(request, "style_guide.html", {"theme": theme if theme in {"light", "dark"} else ""})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The person may not do this: `exception` may carry the rule as a sentence."""
    return ending(request, "403.html", 403, exception=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return ending(request, "404.html", 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something broke on our side: the page asks nothing of the database nor of the session."""
    page = render_to_string("500.html", {"reference": getattr(request, "reference", "")})
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: most often a page left open too long."""
    return page(request, "403_csrf.html", status=403)  # type: ignore[arg-type]


def _never_kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
