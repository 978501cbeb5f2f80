"""Django's session engine over WebSession: the session and its account come in one query."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError  # noqa: F401  (part of the engine's interface)
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.utils import timezone

from ent.core.prepared import prepared
from ent.foundation.accounts.models import Account, WebSession


@prepared
def _live_session(key: str, now: datetime) -> QuerySet[WebSession]:
    return WebSession.objects.select_related("account").filter(session_key=key, expire_date__gt=now)


class SessionStore(DatabaseStore):
    """`account` is the signed-in account, or None."""

    account: Account | None = None
    opened_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        return WebSession

    def _get_session_from_db(self) -> WebSession | None:
        rows = _live_session(key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        self.account, self.opened_at = rows[0].account, rows[0].created_at
        return rows[0]

    def create_model_instance(self, data: dict[str, Any]) -> WebSession:
        row = cast(WebSession, super().create_model_instance(data))
        account_id = data.get(SESSION_KEY)
        row.account_id = int(account_id) if account_id else None
        row.device = data.get("device", "")
        origin = data.get("origin", {})
        row.origin = bytes.fromhex(origin.get("key", "")) or None
        row.origin_holder = bytes.fromhex(origin.get("holder", "")) or None
        # Django writes the whole row anew at each save: what the session began with must be written again.
        row.created_at = self.opened_at = self.opened_at or timezone.now()
        return row
