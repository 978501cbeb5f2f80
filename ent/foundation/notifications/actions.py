"""Telling people, and keeping what they chose.

Reading one's inbox is not an act: `mark_read` leaves no trace in the journal. Nor is telling: what is told follows
from acts that are recorded.
"""

import hashlib
import smtplib
from dataclasses import asdict
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template import Context
from django.template.loader import select_template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.jobs import enqueue
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.notifications.enums import Channel, DeliveryState
from ent.foundation.notifications.models import Delivery, Notification, Preference
from ent.foundation.notifications.queries import Address, Notice, notices
from ent.foundation.notifications.queries.inbox import addresses, box, categories_of, wanted
from ent.foundation.schools import scope

MOST_TRIES = 8
KEEP_READ = timedelta(days=90)
KEEP_ALL = timedelta(days=365)

Facts = dict[str, object]


def notify(notice: Notice) -> None:
    """Tell a notice once the current transaction is committed; rolled back, nobody is told.

    Delivered by a job, which asks `still_true` again: call it in the action that makes it true.
    """
    enqueue(
        "notifications.deliver_notice",
        not_before=notice.not_before(),
        name=notice.name,
        facts=asdict(notice),
        key=f"{notice.name}:{notice.key()}"[:100],
    )


def mark_read(account_id: int, which: str = "", *, by: Actor) -> None:
    """Mark one line of the account's inbox as read, or all of them when `which` is empty or not a number."""
    lines = Notification.objects.filter(account=account_id, read_at__isnull=True)
    if which.isdecimal():
        lines = lines.filter(pk=int(which))
    lines.update(read_at=timezone.now())


@act("notifications.set_preferences", _("Préférences de notification changées"))
def set_preferences(account_id: int, chosen: list[str], *, by: Actor) -> None:
    """Keep the ticked boxes of the preferences page (`Cell.value`); the boxes not ticked are refused channels."""
    boxes = {
        box(category, channel): (category, channel) for category in categories_of(account_id) for channel in Channel
    }
    Preference.objects.bulk_create(
        [
            Preference(account_id=account_id, category=category.name, channel=channel, wanted=value in chosen)
            for value, (category, channel) in boxes.items()
        ],
        update_conflicts=True,
        unique_fields=["account", "category", "channel"],
        update_fields=["wanted"],
    )
    record("notifications.set_preferences", by=by, details={"chosen": sorted(boxes.keys() & set(chosen))})


def deliver_notice(name: str, facts: Facts, key: str) -> None:
    """Write a notice into the inboxes and ask for its mails, in one transaction. Run twice, it tells nobody twice."""
    with scope.use(scope.EVERYTHING):
        notice = notices[name](**facts)
        if not notice.still_true():
            return
        accounts = Account.objects.filter(pk__in=set(notice.recipients()), locked_at__isnull=True)
        reached = wanted(notice, list(accounts.values_list("pk", flat=True)))
        _write_lines(notice, key, reached[Channel.IN_APP])
        for delivery in _new_deliveries(key, reached[Channel.MAIL]):
            enqueue("notifications.send_mail", delivery=delivery, name=name, facts=facts)


def _write_lines(notice: Notice, key: str, accounts: set[int]) -> None:
    title, text = words(notice, Channel.IN_APP)
    lines = [
        Notification(
            account_id=account,
            notice=key,
            name=notice.name,
            title=title[:200],
            text=text[:500],
            url=notice.url(),
            icon=notice.icon,
            urgent=notice.urgent,
        )
        for account in sorted(accounts)
    ]
    Notification.objects.bulk_create(lines, ignore_conflicts=True, batch_size=1000)


def _new_deliveries(key: str, accounts: set[int]) -> list[int]:
    """The ids of the mails to send that no earlier run of the same job asked for."""
    known = set(Delivery.objects.filter(notice=key, channel=Channel.MAIL).values_list("account_id", flat=True))
    rows = [Delivery(notice=key, account_id=pk, channel=Channel.MAIL) for pk in sorted(accounts - known)]
    return [row.pk for row in Delivery.objects.bulk_create(rows, batch_size=1000)]


def words(notice: Notice, channel: Channel) -> tuple[str, str]:
    """The title and the text of a notice for a channel, from its template."""
    app, _dot, name = notice.name.partition(".")
    paths = [f"{app}/notices/{name}.{channel.value}.txt", f"{app}/notices/{name}.txt"]
    rendered = _plain(paths, {**asdict(notice), **notice.context()})
    title, _newline, text = rendered.strip().partition("\n")
    return title.strip(), text.strip()


def _plain(paths: list[str], facts: Facts) -> str:
    """Plain text: an apostrophe stays an apostrophe."""
    template = select_template(paths).template
    return str(template.render(Context(facts, autoescape=False)))


def send_mail(delivery_id: int, name: str, facts: Facts) -> bool:
    """Send one mail, at most once. False when the server refused it for now: try again later.

    The row is marked as being sent, and that is committed, before the server is spoken to. A crash in between, or
    a server that falls silent, leaves a mail that is never sent again rather than one sent twice; its line is in
    the inbox. Its Message-ID is always the same for a notice and an account.
    """
    with scope.use(scope.EVERYTHING):
        message = _claim(delivery_id, notices[name](**facts))
    if message is None:
        return True
    state = _post(message)
    with scope.use(scope.EVERYTHING):
        claimed = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.SENDING)
        if state == DeliveryState.WAITING:
            claimed.filter(tries__gte=MOST_TRIES).update(state=DeliveryState.FAILED, changed_at=timezone.now())
        claimed.update(state=state, changed_at=timezone.now())
    return state != DeliveryState.WAITING


def _claim(delivery_id: int, notice: Notice) -> EmailMessage | None:
    """Take the mail for oneself and write it. None when another has it, when it left, or when it has lost its point."""
    waiting = Delivery.objects.select_for_update(skip_locked=True).filter(state=DeliveryState.WAITING)
    delivery = waiting.filter(pk=delivery_id, tries__lt=MOST_TRIES).first()
    if delivery is None:
        return None
    address = addresses([delivery.account_id]).get(delivery.account_id)
    alive = notice.still_true() and delivery.account_id in wanted(notice, [delivery.account_id])[Channel.MAIL]
    delivery.state = DeliveryState.SENDING if address and alive else DeliveryState.DROPPED
    delivery.tries = F("tries") + 1
    delivery.save(update_fields=["state", "tries", "changed_at"])
    return _mail(notice, delivery, address) if address and alive else None


def _mail(notice: Notice, delivery: Delivery, address: Address) -> EmailMessage:
    title, text = words(notice, Channel.MAIL)
    path = notice.url()
    link = settings.PUBLIC_URL + path if path else ""
    facts: Facts = {"name": address.name, "text": text, "link": link, "site": settings.PUBLIC_URL}
    body = _plain(["notifications/mail.txt"], facts)
    identity = hashlib.sha256(f"{delivery.notice} {delivery.account_id}".encode()).hexdigest()[:40]
    headers = {
        "Message-ID": f"<{identity}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(title, body, to=[address.email], headers=headers)


def _post(message: EmailMessage) -> DeliveryState:
    """Hand the mail to the server. WAITING where it surely did not leave and may leave later."""
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _reason in refusal.recipients.values()]
        return DeliveryState.FAILED if all(code >= 500 for code in codes) else DeliveryState.WAITING
    except smtplib.SMTPResponseException as refusal:
        return DeliveryState.FAILED if 550 <= refusal.smtp_code < 560 else DeliveryState.WAITING
    except (ConnectionRefusedError, smtplib.SMTPNotSupportedError):
        return DeliveryState.WAITING
    except (smtplib.SMTPException, OSError):
        return DeliveryState.UNCERTAIN
    return DeliveryState.SENT


def forget_old() -> None:
    """Remove what was read three months ago, and everything after a year."""
    now = timezone.now()
    with scope.use(scope.EVERYTHING):
        Notification.objects.filter(read_at__lt=now - KEEP_READ).delete()
        Notification.objects.filter(created_at__lt=now - KEEP_ALL).delete()
        Delivery.objects.filter(created_at__lt=now - KEEP_READ).delete()
