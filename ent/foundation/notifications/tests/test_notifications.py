"""People are told once, by the channels they chose, of what is still true."""

import smtplib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from ent.core.actors import Actor
from ent.core.tests.queue import run_jobs, waiting
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.notifications import actions, queries
from ent.foundation.notifications.enums import Channel, DeliveryState
from ent.foundation.notifications.models import Delivery, Notification
from ent.foundation.notifications.queries import Address, Category, Notice, address_books, notices
from ent.foundation.schools import scope

pytestmark = pytest.mark.django_db

INES, CLAIRE, LOCKED = "ines.moreau", "claire.moreau", "malo.moreau"
ME = Actor("Claire Moreau")


class World:
    """What the notice of these tests is about."""

    recipients: ClassVar[list[int]]
    true: ClassVar[bool]
    opens: ClassVar[datetime | None]


@dataclass(frozen=True)
class Storm(Notice):
    name = "tests.storm"
    category = Category("weather", "La météo")
    icon = "cloud"
    channels = (Channel.IN_APP, Channel.MAIL)

    storm_id: int = 0

    def key(self) -> str:
        return str(self.storm_id)

    def recipients(self) -> list[int]:
        return World.recipients

    def still_true(self) -> bool:
        return World.true

    def not_before(self) -> datetime | None:
        return World.opens

    def context(self) -> Mapping[str, Any]:
        return {"place": "Amboise"}

    def url(self) -> str:
        return "/meteo/"


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, int]:
    """Three accounts, one of them locked, a notice and an address book."""
    here = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [here, *settings.TEMPLATES[0]["DIRS"]]}]
    settings.PUBLIC_URL = "https://ent.example"
    list(notices), list(address_books)
    monkeypatch.setattr(notices, "_items", {Storm.name: Storm})
    accounts = {name: Account.objects.create(identifier=name).pk for name in (INES, CLAIRE)}
    accounts[LOCKED] = Account.objects.create(identifier=LOCKED, locked_at=timezone.now()).pk

    def book(wanted: Collection[int]) -> dict[int, Address]:
        known = {accounts[CLAIRE]: Address("Claire", "claire@ent.example")}
        return {pk: address for pk, address in known.items() if pk in wanted}

    monkeypatch.setattr(address_books, "_items", {"tests": book})
    World.recipients, World.true, World.opens = sorted(accounts.values()), True, None
    return accounts


def inbox_of(account: int) -> list[Notification]:
    with scope.use(scope.Scope(account=account)):
        return queries.inbox(account)


def states() -> list[str]:
    with scope.use(scope.EVERYTHING):
        return list(Delivery.objects.order_by("account").values_list("state", flat=True))


def test_each_recipient_finds_it_in_their_inbox_in_its_own_words(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    run_jobs()
    (line,) = inbox_of(world[INES])
    assert (line.title, line.text) == ("L’orage 7 arrive", "Rentrez les chaises d’« Amboise ».")
    assert (line.url, line.icon, line.read_at) == ("/meteo/", "cloud", None)


def test_nobody_is_told_of_what_was_rolled_back(world: dict[str, int]) -> None:
    def fail() -> None:
        with transaction.atomic():
            actions.notify(Storm(7))
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fail()
    assert run_jobs() == 0
    assert inbox_of(world[INES]) == []


def test_what_is_no_longer_true_is_told_to_nobody(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    World.true = False
    run_jobs()
    assert inbox_of(world[INES]) == []
    assert mail.outbox == []


def test_a_mail_leaves_for_those_who_have_an_address(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    run_jobs()
    (message,) = mail.outbox
    assert message.to == ["claire@ent.example"]
    assert message.subject == "Avis d’orage"
    assert "Bonjour Claire," in message.body
    assert "Un message vous attend dans l’ENT." in message.body
    assert "https://ent.example/meteo/" in message.body
    assert message.extra_headers["Message-ID"].endswith("@ent.example>")
    assert states() == [DeliveryState.DROPPED, DeliveryState.SENT]


def test_a_locked_account_is_left_alone(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    run_jobs()
    assert inbox_of(world[LOCKED]) == []


def test_delivered_twice_it_is_told_once(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    (job,) = waiting("notifications.deliver_notice")
    actions.deliver_notice(**job)
    run_jobs()
    assert len(inbox_of(world[INES])) == 1
    assert len(mail.outbox) == 1


def test_the_same_notice_notified_twice_is_told_once(world: dict[str, int]) -> None:
    for _ in range(2):
        actions.notify(Storm(7))
    actions.notify(Storm(8))
    run_jobs()
    assert [line.title for line in inbox_of(world[INES])] == ["L’orage 8 arrive", "L’orage 7 arrive"]
    assert len(mail.outbox) == 2


def test_a_worker_that_died_while_sending_leaves_a_mail_that_is_not_sent_again(
    world: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(message: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(actions, "_post", die)
        actions.notify(Storm(7))
        with pytest.raises(KeyboardInterrupt):
            run_jobs()
    with scope.use(scope.EVERYTHING):
        delivery = Delivery.objects.get(account=world[CLAIRE])
    assert delivery.state == DeliveryState.SENDING
    assert actions.send_mail(delivery.pk, Storm.name, {"storm_id": 7}) is True
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "state", "again"),
    [
        (ConnectionRefusedError(), DeliveryState.WAITING, True),
        (smtplib.SMTPDataError(451, b"later"), DeliveryState.WAITING, True),
        (smtplib.SMTPRecipientsRefused({"claire@ent.example": (450, b"greylisted")}), DeliveryState.WAITING, True),
        (smtplib.SMTPRecipientsRefused({"claire@ent.example": (550, b"unknown")}), DeliveryState.FAILED, False),
        (smtplib.SMTPServerDisconnected("silence"), DeliveryState.UNCERTAIN, False),
        (TimeoutError(), DeliveryState.UNCERTAIN, False),
    ],
)
def test_a_mail_is_tried_again_only_when_it_surely_did_not_leave(
    world: dict[str, int], monkeypatch: pytest.MonkeyPatch, error: Exception, state: str, again: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    World.recipients = [world[CLAIRE]]
    actions.notify(Storm(7))
    actions.deliver_notice(**waiting("notifications.deliver_notice")[0])
    (job,) = waiting("notifications.send_mail")
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        assert actions.send_mail(job["delivery"], job["name"], job["facts"]) is not again
    assert states() == [state]
    actions.send_mail(job["delivery"], job["name"], job["facts"])
    assert len(mail.outbox) == (1 if again else 0)


def test_a_mail_refused_again_and_again_is_given_up(world: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    World.recipients = [world[CLAIRE]]
    actions.notify(Storm(7))
    actions.deliver_notice(**waiting("notifications.deliver_notice")[0])
    (job,) = waiting("notifications.send_mail")
    monkeypatch.setattr(actions, "_post", lambda message: DeliveryState.WAITING)
    for _ in range(actions.MOST_TRIES + 1):
        actions.send_mail(job["delivery"], job["name"], job["facts"])
    assert states() == [DeliveryState.FAILED]


def test_a_mail_that_lost_its_point_before_leaving_does_not_leave(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    actions.deliver_notice(**waiting("notifications.deliver_notice")[0])
    World.true = False
    run_jobs()
    assert mail.outbox == []
    assert set(states()) == {DeliveryState.DROPPED}


def test_each_person_chooses_their_channels(world: dict[str, int]) -> None:
    claire = world[CLAIRE]
    with scope.use(scope.Scope(account=claire)):
        (line,) = queries.preferences(claire).lines
        assert [(cell.value, cell.chosen) for cell in line.cells] == [("weather:ent", True), ("weather:courriel", True)]
        actions.set_preferences(claire, ["weather:ent"], by=ME)
        (line,) = queries.preferences(claire).lines
        assert [cell.chosen for cell in line.cells] == [True, False]
    actions.notify(Storm(7))
    run_jobs()
    assert mail.outbox == []
    assert len(inbox_of(claire)) == 1
    with scope.use(scope.EVERYTHING):
        assert Record.objects.get().action == "notifications.set_preferences"


def test_an_urgent_notice_is_in_the_inbox_of_those_who_refused_it(
    world: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.use(scope.Scope(account=world[CLAIRE])):
        actions.set_preferences(world[CLAIRE], [], by=ME)
    monkeypatch.setattr(Storm, "urgent", True)
    actions.notify(Storm(7))
    run_jobs()
    assert len(inbox_of(world[CLAIRE])) == 1


def test_a_category_is_shown_to_those_it_concerns_only(world: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    only_claire = Category("weather", "La météo", concerns=lambda account: account == world[CLAIRE])
    monkeypatch.setattr(Storm, "category", only_claire)
    with scope.use(scope.Scope(account=world[INES])):
        assert queries.preferences(world[INES]).lines == []


def test_a_notice_waits_for_the_end_of_quiet_hours(world: dict[str, int]) -> None:
    World.opens = timezone.now() + timedelta(hours=8)
    actions.notify(Storm(7))
    assert run_jobs() == 0
    assert len(waiting("notifications.deliver_notice")) == 1


def test_reading_one_or_all_lowers_the_count(world: dict[str, int]) -> None:
    for storm in (1, 2, 3):
        actions.notify(Storm(storm))
    run_jobs()
    ines = world[INES]
    with scope.use(scope.Scope(account=ines)):
        assert queries.unread_count(ines) == 3
        actions.mark_read(ines, str(queries.inbox(ines)[0].pk), by=ME)
        assert queries.unread_count(ines) == 2
        actions.mark_read(ines, by=ME)
        assert queries.unread_count(ines) == 0
    with scope.use(scope.Scope(account=world[CLAIRE])):
        assert queries.unread_count(world[CLAIRE]) == 3


def test_the_unread_count_is_one_query(world: dict[str, int], django_assert_num_queries: Any) -> None:
    with scope.use(scope.Scope(account=world[INES])), django_assert_num_queries(1):
        queries.unread_count(world[INES])


def test_raw_sql_from_another_account_reads_and_changes_nothing(world: dict[str, int]) -> None:
    actions.notify(Storm(7))
    run_jobs()
    with scope.use(scope.Scope(account=world[INES])), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT account_id FROM notifications_notification")
        assert cursor.fetchall() == [(world[INES],)]
        cursor.execute("UPDATE notifications_notification SET title = 'pris' WHERE account_id <> %s", [world[INES]])
        assert cursor.rowcount == 0
        cursor.execute("SELECT count(*) FROM notifications_delivery")
        assert cursor.fetchone() == (0,)


def test_old_lines_are_forgotten(world: dict[str, int]) -> None:
    for storm in (1, 2, 3):
        actions.notify(Storm(storm))
    run_jobs()
    now = timezone.now()
    with scope.use(scope.EVERYTHING):
        Notification.objects.filter(title__contains=" 1 ").update(read_at=now - timedelta(days=91))
        Notification.objects.filter(title__contains=" 2 ").update(created_at=now - timedelta(days=366))
    actions.forget_old()
    assert [line.title for line in inbox_of(world[INES])] == ["L’orage 3 arrive"]
