"""What a person is told of the second factor of their account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Notice, notice
from ent.foundation.notifications.queries.security import SECURITY
from ent.identity.secondfactor.enums import Event


@notice
@dataclass(frozen=True)
class SecondFactorChanged(Notice):
    """Somebody, the person or another, has changed what guards the account."""

    name = "secondfactor.second_factor_changed"
    category = SECURITY
    icon = "shield-lock"
    urgent = True
    channels = (Channel.IN_APP, Channel.MAIL)

    account_id: int
    event: str

    def recipients(self) -> list[int]:
        return [self.account_id]

    def context(self) -> Mapping[str, Any]:
        return {"what": Event(self.event).label, "is_reset": self.event == Event.RESET}

    def url(self) -> str:
        return reverse("secondfactor:manage")
