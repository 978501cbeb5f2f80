"""What is shown of sessions."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ent.foundation.accounts.models import Account, WebSession


@dataclass(frozen=True)
class OpenSession:
    """One browser. `reference` names it in a form without giving its key away."""

    reference: str
    device: str
    since: datetime
    seen_at: datetime
    current: bool


def open_sessions(account: Account, *, current: str | None) -> list[OpenSession]:
    """The account's live sessions, the present one first, then the latest used."""
    rows = WebSession.objects.filter(account=account, expire_date__gt=timezone.now()).order_by("-seen_at")
    sessions = [OpenSession(r.reference, r.device, r.created_at, r.seen_at, r.session_key == current) for r in rows]
    return sorted(sessions, key=lambda session: not session.current)
