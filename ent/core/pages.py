"""`endpoint`, the one way to declare a view, and what a view answers: a page, or its named fragment."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from ent.core.errors import SignInRequired

READING = frozenset({"GET", "HEAD"})


class Request(HttpRequest):
    """A request as the middleware hand it to a view.

    `viewer` is an `ent.directory.viewer.Viewer`, None for a stranger; `afterwards` holds what reading leaves behind.
    """

    viewer: Any
    htmx: HtmxDetails
    reference: str
    afterwards: list[Callable[[], None]]
    unit: Callable[..., AbstractContextManager[None]]


class View(Protocol):
    """A function from a request to a response."""

    __name__: str

    def __call__(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def endpoint(
    *methods: str, public: bool = False, database: bool = True, writes: bool = False
) -> Callable[[View], View]:
    """Declare a view: its methods, and whether a stranger may see it.

    The view runs in one database transaction, inside the scope of the person who asks. For GET and HEAD
    PostgreSQL itself refuses any write. Raises `SignInRequired` before the view unless `public`.
    Only a public view may do without the database (`database=False`): it then answers when there is none.
    `writes` lets a GET write: only for the return of a protocol that comes by GET, which checks what it brings.
    """
    if not database and not public:
        raise TypeError("a view that knows its person needs the database")
    allowed = frozenset(methods) | ({"HEAD"} if "GET" in methods else set())

    def decorate(view: View) -> View:
        @wraps(view)
        def run(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return _not_allowed(request, allowed) if database else HttpResponseNotAllowed(sorted(allowed))
            if not database:
                return view(request, *args, **kwargs)
            with request.unit(read_only=request.method in READING and not writes):
                if not public and request.viewer is None:
                    raise SignInRequired
                return view(request, *args, **kwargs)

        run.endpoint_methods = allowed  # type: ignore[attr-defined]
        run.endpoint_public = public  # type: ignore[attr-defined]
        run.endpoint_writes = writes  # type: ignore[attr-defined]
        return run

    return decorate


def _not_allowed(request: Request, allowed: frozenset[str]) -> HttpResponse:
    response = ending(request, "404.html", 405)
    response["Allow"] = ", ".join(sorted(allowed))
    return response


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `template`; an htmx request gets only `templates/<template>` without its ending + `/<fragment>.html`.

    The full page includes that same partial, so both are always equal.
    """
    if fragment and request.htmx and not request.htmx.boosted:
        template = f"{template.removesuffix('.html')}/{fragment}.html"
    response = render(request, template, dict(context or {}), status=status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "HX-Request, Cookie"
    return response


def ending(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    """A page that ends a request that failed: what the view began is rolled back, who asks is still known."""
    request.afterwards = []  # type: ignore[attr-defined]
    with request.unit(read_only=True):  # type: ignore[attr-defined]
        return page(request, template, context, status=status)  # type: ignore[arg-type]


def let_form_leave(response: HttpResponse, url: str) -> HttpResponse:
    """Let a form of this page lead to another site, which no other page may (Content-Security-Policy).

    Browsers check the redirects that follow too, and a service may lead on to others of its own: any address over TLS,
    or the origin of `url` where there is none.
    """
    parts = urlsplit(url)
    source = "https:" if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
    response._csp_update = {"form-action": [source]}  # type: ignore[attr-defined]
    return response


def see_other(to: str, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer a successful POST: the browser then GETs `to` (a URL name or a path), so a reload repeats nothing."""
    response: HttpResponse = redirect(to, *args, **kwargs)
    response.status_code = 303
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """The local path asked for by `next`, or `default`: never another site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if _is_local(target) else default


def back(request: HttpRequest, default: str) -> HttpResponse:
    """Return to the page the form was on, if it is one of ours."""
    response = HttpResponseRedirect(referring_path(request) or default)
    response.status_code = 303
    return response


def referring_path(request: HttpRequest) -> str:
    """The path of the page the form was on, if it is one of ours, else nothing."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host() or not _is_local(referer.path):
        return ""
    return referer.path + (f"?{referer.query}" if referer.query else "")


def _is_local(path: str) -> bool:
    """A path of ours: « //elsewhere.example » is another site."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
