"""What surrounds every request: its log line and its reference, and the maintenance page."""

import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from ent.core.logs import request_id
from ent.core.pages import Request

log = logging.getLogger("ent.requests")

Answer = Callable[[Request], HttpResponse]
ALWAYS_OPEN = ("/healthz", "/readyz", "/static/")


class RequestLog:
    """One line a request: the route's name, never its arguments or its query."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        request.reference = secrets.token_hex(4)
        request_id.set(request.reference)
        start = time.perf_counter()
        response = self.answer(request)
        response["X-Request-Id"] = request.reference
        if not request.path.startswith(ALWAYS_OPEN):
            match = request.resolver_match
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": match.view_name if match else "",
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - start) * 1000, 1),
                },
            )
        return response


class Maintenance:
    """While the maintenance file exists (`ent maintenance on`), everyone gets the maintenance page."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        if not settings.MAINTENANCE_FILE.exists() or request.path.startswith(ALWAYS_OPEN):
            return self.answer(request)
        until = settings.MAINTENANCE_FILE.read_text().strip()
        response = HttpResponse(render_to_string("maintenance.html", {"until": until}), status=503)
        response["Retry-After"] = "600"
        return response
