"""An account's inbox and its preferences."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from ent.core.prepared import row
from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.models import Notification, Preference
from ent.foundation.notifications.queries.notices import Address, Category, Notice, address_books, notices

INBOX_SIZE = 100
UNREAD = "SELECT count(*) FROM notifications_notification WHERE account_id = %s AND read_at IS NULL"


def unread_count(account_id: int) -> int:
    """How many lines of the inbox are unread: one query on a small index, on every page."""
    return int(row(UNREAD, [account_id])[0])


def inbox(account_id: int, limit: int = INBOX_SIZE) -> list[Notification]:
    """The latest lines of the inbox, newest first."""
    return list(Notification.objects.filter(account=account_id)[:limit])


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of the preferences page: `value` is what the form sends back when it is ticked."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    label: str | Promise
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Preferences:
    channels: list[Channel]
    lines: list[Line]


def preferences(account_id: int) -> Preferences:
    """Every category that concerns the account, with what reaches it by which channel."""
    chosen = _choices(account_id)
    lines = [Line(category.label, _cells(category, chosen)) for category in categories_of(account_id)]
    return Preferences(list(Channel), lines)


def categories_of(account_id: int) -> list[Category]:
    """The categories that concern an account, by name."""
    return [category for _, category in sorted(categories().items()) if category.concerns(account_id)]


def categories() -> dict[str, Category]:
    return {declared.category.name: declared.category for declared in notices}


def box(category: Category, channel: Channel) -> str:
    """The value of a box of the preferences page."""
    return f"{category.name}:{channel.value}"


def wanted(notice: Notice, accounts: Collection[int]) -> dict[Channel, set[int]]:
    """Which of the accounts each channel reaches for this notice."""
    rows = Preference.objects.filter(account__in=accounts, category=notice.category.name)
    choices = {(row.account_id, row.channel): row.wanted for row in rows}
    reached = {
        channel: {pk for pk in accounts if choices.get((pk, channel), channel in notice.channels)}
        for channel in Channel
    }
    if notice.urgent:
        reached[Channel.IN_APP] = set(accounts)
    return reached


def addresses(accounts: Collection[int]) -> dict[int, Address]:
    """Where these accounts receive mail; those without an address are left out."""
    found: dict[int, Address] = {}
    for book in address_books:
        found.update(book(accounts))
    return found


def _choices(account_id: int) -> dict[tuple[str, str], bool]:
    rows: Iterable[Preference] = Preference.objects.filter(account=account_id)
    return {(row.category, row.channel): row.wanted for row in rows}


def _cells(category: Category, chosen: dict[tuple[str, str], bool]) -> list[Cell]:
    return [
        Cell(
            box(category, channel),
            str(channel.label),
            chosen.get((category.name, channel.value), _default(category, channel)),
        )
        for channel in Channel
    ]


def _default(category: Category, channel: Channel) -> bool:
    return any(channel in declared.channels for declared in notices if declared.category == category)
