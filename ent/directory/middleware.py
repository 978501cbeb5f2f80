"""Gives each request its viewer and its unit of work: one transaction, in the scope of the person who asks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse

from ent.core.errors import Refused, SignInRequired, TooLarge, TooMany
from ent.core.pages import Request, ending, referring_path, see_other
from ent.directory.models import Person
from ent.directory.viewer import find_viewer
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope


class Viewers:
    """`request.viewer` (None for a stranger), `request.unit(read_only=…)`, and the pages of refusals."""

    def __init__(self, answer: Callable[[Request], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        request.viewer = None
        request.afterwards = []
        request.unit = partial(unit, request)
        return self.answer(request)

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        if isinstance(error, SignInRequired):
            return _to_sign_in(request)
        if isinstance(error, TooLarge):
            return ending(request, "413.html", 413, sentence=error.sentence)
        if isinstance(error, TooMany):
            response = ending(request, "429.html", 429, sentence=error.sentence, minutes=-(-error.retry_after // 60))
            response["Retry-After"] = str(error.retry_after)
            return response
        if isinstance(error, Refused):
            return ending(request, "refused.html", 409, sentence=error.sentence)
        return None


@contextmanager
def unit(request: Request, *, read_only: bool) -> Iterator[None]:
    """One transaction in the viewer's scope; then, in another, what reading leaves behind (`request.afterwards`)."""
    account: Account | None = request.user if request.user.is_authenticated else None
    person = request.session.get("person") if account else None
    with scope.use(scope.Scope(person=person, read_only=read_only)):
        if account is not None:
            _enter(request, account, read_only=read_only)
        yield
    if request.afterwards:
        viewer = request.viewer
        with scope.use(viewer.scope(read_only=False) if viewer else scope.Scope()):
            for act in request.afterwards:
                act()


def _enter(request: Request, account: Account, *, read_only: bool) -> None:
    session = request.session
    if "person" not in session:
        session["person"] = _person_of(account)
        scope.narrow(scope.Scope(person=session["person"], read_only=read_only))
    viewer = find_viewer(account, choice=session.get("choice", ""), child_id=session.get("child"))
    request.viewer = viewer
    if viewer is not None:
        scope.narrow(viewer.scope(read_only=read_only))


def _person_of(account: Account) -> int | None:
    scope.narrow(scope.Scope(everything=True, read_only=scope.current().read_only))
    return Person.objects.filter(account=account).values_list("pk", flat=True).first()


def _to_sign_in(request: Request) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        messages.warning(request, "Votre session a pris fin. Reconnectez-vous, puis recommencez.")
    asked = request.get_full_path() if request.method in {"GET", "HEAD"} else referring_path(request)
    response = see_other("signin:sign_in")
    if asked:
        response["Location"] += "?" + urlencode({"next": asked}, safe="/")
    return response
