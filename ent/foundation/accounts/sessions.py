"""Django's session engine over WebSession: the session and its account come in one query."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError  # noqa: F401  (part of the engine's interface)
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from ent.foundation.accounts.models import Account, WebSession


class SessionStore(DatabaseStore):
    """`account` is the signed-in account, or None."""

    account: Account | None = None
    opened_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        return WebSession

    def _get_session_from_db(self) -> WebSession | None:
        try:
            row = WebSession.objects.select_related("account").get(
                session_key=self.session_key, expire_date__gt=timezone.now()
            )
        except WebSession.DoesNotExist:
            self._session_key = None
            return None
        self.account, self.opened_at = row.account, row.created_at
        return row

    def create_model_instance(self, data: dict[str, Any]) -> WebSession:
        row = cast(WebSession, super().create_model_instance(data))
        account_id = data.get(SESSION_KEY)
        row.account_id = int(account_id) if account_id else None
        row.device = data.get("device", "")
        # Django writes the whole row anew at each save: what the session began with must be written again.
        row.created_at = self.opened_at = self.opened_at or timezone.now()
        return row
