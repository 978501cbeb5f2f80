"""Web sessions: `request.session` and `request.user` from one query."""

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from ent.foundation.accounts.models import Account


class WebSessions(SessionMiddleware):
    """Django's sessions, and the account that came with the session's row."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: signed_in(request))  # type: ignore[assignment]


def signed_in(request: HttpRequest) -> Account | AnonymousUser:
    """The account of this session: not locked, and its password unchanged since."""
    stored = request.session.get(HASH_SESSION_KEY, "")  # reading loads the session's row
    account: Account | None = getattr(request.session, "account", None)
    if account is None or not account.is_active:
        return AnonymousUser()
    if not constant_time_compare(stored, account.get_session_auth_hash()):
        return AnonymousUser()
    return account
