"""What a notice is, and where apps declare theirs: in their `notifications.py`.

    @notice
    @dataclass(frozen=True)
    class UnjustifiedAbsence(Notice):
        name = "attendance.unjustified_absence"   # its text: attendance/notices/unjustified_absence.txt
        category = ABSENCES
        channels = (Channel.IN_APP, Channel.MAIL)

        absence_id: int

        def recipients(self) -> list[int]: ...
        def still_true(self) -> bool: ...

Its fields are its facts: plain JSON, ids rather than names, for they wait in the job queue.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.utils.functional import Promise

from ent.core.registries import Registry
from ent.foundation.notifications.enums import Channel


def everyone(account_id: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Category:
    """A line of the preferences page. It is shown to the accounts it `concerns`, and holds one or several notices."""

    name: str
    label: str | Promise
    concerns: Callable[[int], bool] = everyone


@dataclass(frozen=True)
class Notice:
    """Something to tell, made of facts. Its methods run in a job, in the scope of system jobs.

    The text is a template, `<app>/notices/<name>.txt`: first line the title, the rest the text, both plain.
    `<name>.courriel.txt` beside it, if any, is the text for that channel.
    """

    name: ClassVar[str]
    category: ClassVar[Category]
    icon: ClassVar[str] = "bell"
    # An urgent notice is in the inbox whatever the preferences.
    urgent: ClassVar[bool] = False
    channels: ClassVar[Collection[Channel]] = (Channel.IN_APP,)

    def key(self) -> str:
        """What makes it the same notice: one key reaches an account once. By default each `notify` is a new one."""
        return uuid.uuid4().hex

    def recipients(self) -> Iterable[int]:
        """The ids of the accounts to tell."""
        raise NotImplementedError

    def still_true(self) -> bool:
        """Asked when the notice is delivered, and again before each message leaves."""
        return True

    def not_before(self) -> datetime | None:
        """When it may be delivered at the earliest (quiet hours), or None for now."""
        return None

    def context(self) -> Mapping[str, Any]:
        """What its template reads."""
        return {}

    def url(self) -> str:
        """The path of the page it is about."""
        return ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an account receives mail."""

    name: str
    email: str


notices: Registry[type[Notice]] = Registry("notifications")
# The app that knows people says where they receive mail: ids of accounts to addresses, those without one left out.
address_books: Registry[Callable[[Collection[int]], dict[int, Address]]] = Registry("notifications")

N = TypeVar("N", bound=type[Notice])


def notice(declared: N) -> N:
    """Declare a notice under its name."""
    notices.register(declared.name)(declared)
    return declared
