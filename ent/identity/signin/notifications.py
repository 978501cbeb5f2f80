"""What signing in tells people."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse

from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Notice, notice
from ent.foundation.notifications.queries.security import SECURITY
from ent.identity.signin.models import KnownDevice


@notice
@dataclass(frozen=True)
class NewDevice(Notice):
    """The account was opened in a browser that was not known."""

    name = "signin.new_device"
    category = SECURITY
    icon = "phone"
    urgent = True
    channels = (Channel.IN_APP, Channel.MAIL)

    device_id: int

    @cached_property
    def device(self) -> KnownDevice | None:
        return KnownDevice.objects.filter(pk=self.device_id).first()

    def recipients(self) -> list[int]:
        return [self.device.account_id] if self.device else []

    def still_true(self) -> bool:
        return self.device is not None

    def context(self) -> Mapping[str, Any]:
        return {"device": self.device}

    def url(self) -> str:
        return reverse("signin:sessions")


@notice
@dataclass(frozen=True)
class PasswordChosen(Notice):
    """A password was chosen by somebody who proved who they are without the former one: by a "mail", or by another
    "service"."""

    name = "signin.password_chosen"
    category = SECURITY
    icon = "key"
    urgent = True
    channels = (Channel.IN_APP, Channel.MAIL)

    account_id: int
    proof: str

    def recipients(self) -> list[int]:
        return [self.account_id]

    def context(self) -> Mapping[str, Any]:
        return {"by_mail": self.proof == "mail"}

    def url(self) -> str:
        return reverse("signin:sessions")
