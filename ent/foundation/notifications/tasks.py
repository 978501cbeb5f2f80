"""Delivery, and its upkeep."""

from ent.core.jobs import Backoff, job
from ent.foundation.notifications import actions


class NotNow(Exception):
    """The mail server refused a mail for now."""


@job(name="notifications.deliver_notice", retry=Backoff())
def deliver_notice(name: str, facts: actions.Facts, key: str) -> None:
    """Write a notice into the inboxes of its recipients, and ask for its mails."""
    actions.deliver_notice(name, facts, key)


@job(name="notifications.send_mail", retry=Backoff(times=actions.MOST_TRIES))
def send_mail(delivery: int, name: str, facts: actions.Facts) -> None:
    """Send one mail; tried again, later and later, while the server refuses it."""
    if not actions.send_mail(delivery, name, facts):
        raise NotNow(f"delivery {delivery}")


@job(name="notifications.forget_old", every="53 2 * * *")
def forget_old() -> None:
    """Each night: keep inboxes small."""
    actions.forget_old()
