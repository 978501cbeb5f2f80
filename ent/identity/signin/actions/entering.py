"""From a proof of who one is to an open session: at once, or once a further proof was given."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import Actor
from ent.directory.queries.administration.accounts import opens_something
from ent.foundation.accounts.models import Account
from ent.identity.signin.actions.devices import recognise
from ent.identity.signin.actions.sessions import open_session, stay_signed_in
from ent.identity.signin.queries.entering import forget_entering, keep_entering
from ent.identity.signin.queries.entrances import challenges, go_through, standing_gates
from ent.identity.signin.queries.staying import longest_stay


def let_in(
    request: HttpRequest,
    account: Account,
    *,
    method: str,
    by: Actor,
    next_page: str = "",
    origin: Mapping[str, str] | None = None,
    stays: bool = False,
) -> str:
    """Sign in whoever has proved by `method` to hold `account`. Returns where to go.

    `method` is "password", "passkey", "link", "saml" or "oidc". Where a further proof is needed the session is not
    open yet: the page of that proof asks `entering_of` who is on the way, and ends by `finish`. An account that is
    locked, or opens no school any more, is told so and opens no session.
    """
    if not account.is_active or not opens_something(account):
        request.session["kept_out"] = account.pk
        return reverse("signin:nothing_open")
    for challenge in challenges:
        if challenge.needed(request, account, method):
            keep_entering(request, account, method=method, next_page=next_page, origin=origin, stays=stays)
            return reverse(challenge.url_name)
    return finish(request, account, method=method, by=by, next_page=next_page, origin=origin, stays=stays)


def finish(
    request: HttpRequest,
    account: Account,
    *,
    method: str,
    by: Actor,
    next_page: str = "",
    second: str = "",
    origin: Mapping[str, str] | None = None,
    stays: bool = False,
) -> str:
    """Open the session, every proof given; `second` names the second one. Returns where to go. `stays`: as long as
    their schools allow, if they do."""
    forget_entering(request)
    open_session(request, account, by=by, method=method, origin=origin)
    recognise(request, account, by=by)
    if stays and (days := longest_stay(account)):
        stay_signed_in(request, account, days, by=by)
    session = request.session
    session["second"], session["proved_at"] = second, timezone.now().timestamp()
    if next_page:
        session["next"] = next_page
    standing = standing_gates(request, account)
    session["gates_total"] = len(standing)
    return go_through(request, standing)
