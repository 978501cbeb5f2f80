"""What a notice is, and what accounts are told and want to be told."""

from ent.foundation.notifications.queries.inbox import inbox, preferences, unread_count
from ent.foundation.notifications.queries.notices import Address, Category, Notice, address_books, notice, notices

__all__ = [
    "Address",
    "Category",
    "Notice",
    "address_books",
    "inbox",
    "notice",
    "notices",
    "preferences",
    "unread_count",
]
