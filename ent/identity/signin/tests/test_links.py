"""Links sent by mail: one use, forty-eight hours, for one person; and a page that never tells who exists."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.signin.actions import links
from ent.identity.signin.models import LinkRequest, MailedLink, ProvenAddress
from ent.identity.signin.queries import entrances
from ent.identity.signin.queries.addresses import accounts_proven_at
from ent.identity.signin.queries.entrances import LinkPurpose
from ent.identity.signin.queries.links import is_good, link_of, token_of
from tests.cast import Cast

PURPOSE = "trial"


@pytest.fixture
def purpose(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any) -> None:
    """A purpose of its own: a text, and whoever has typed the mother's address is her."""
    (tmp_path / "trial.txt").write_text("Votre lien\n\nBonjour,\n{{ link }}\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]

    def holders(typed: str) -> list[tuple[Account, str]]:
        people = Account.objects.filter(person__email=typed)
        return [(account, typed) for account in people]

    trial = LinkPurpose("signin:sign_in", "trial.txt", timedelta(hours=48), holders)
    monkeypatch.setattr(links, "reverse", lambda name, args: f"/lien/{args[0]}/")
    monkeypatch.setitem(entrances.purposes._items, PURPOSE, trial)


@pytest.fixture
def link(cast: Cast, purpose: None) -> MailedLink:
    with scope.use(scope.EVERYTHING):
        return links.mail_link(cast.claire.account, "claire@famille.example", PURPOSE, by=SYSTEM)


def found(token: str) -> MailedLink | None:
    with scope.use(scope.EVERYTHING):
        return link_of(token, PURPOSE)


def used(link: MailedLink) -> bool:
    with scope.use(scope.EVERYTHING):
        return links.use_link(link, by=SYSTEM)


def test_the_mail_carries_a_link_that_finds_its_row(link: MailedLink) -> None:
    links.send_link(link.pk)
    [letter] = mail.outbox
    assert letter.to == ["claire@famille.example"]
    assert letter.subject == "Votre lien"
    token = re.search(r"/lien/([^/]+)/", letter.body).group(1)
    assert found(token) == link


def test_no_password_nor_token_is_kept(link: MailedLink) -> None:
    token = token_of(link)
    seal = token.partition("-")[2]
    with scope.use(scope.EVERYTHING):
        row = MailedLink.objects.filter(pk=link.pk).values().get()
    assert all(seal not in str(value) for value in row.values())


def test_a_link_serves_once_and_proves_its_address(cast: Cast, link: MailedLink) -> None:
    assert used(link)
    assert not used(link)
    with scope.use(scope.EVERYTHING):
        assert list(accounts_proven_at("Claire@Famille.example ")) == [cast.claire.account]
        assert ProvenAddress.objects.get().address == "claire@famille.example"


def test_a_link_is_over_after_its_time(link: MailedLink) -> None:
    with scope.use(scope.EVERYTHING):
        MailedLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not used(link)
    links.send_link(link.pk)
    assert mail.outbox == []


def test_a_new_link_ends_the_former_one(cast: Cast, link: MailedLink) -> None:
    with scope.use(scope.EVERYTHING):
        links.mail_link(cast.claire.account, "claire@famille.example", PURPOSE, by=SYSTEM)
        link.refresh_from_db()
    assert not is_good(link)


def test_a_link_opens_nothing_of_a_locked_account(cast: Cast, link: MailedLink) -> None:
    Account.objects.filter(pk=cast.claire.account_id).update(locked_at=timezone.now())
    assert not used(link)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "1" + t, lambda t: "zz-abc", lambda t: "", lambda t: t + "A"]
)
def test_a_token_that_was_never_given_finds_nothing(link: MailedLink, change: Any) -> None:
    assert found(change(token_of(link))) is None


def test_a_token_serves_its_own_purpose_only(link: MailedLink) -> None:
    with scope.use(scope.EVERYTHING):
        assert link_of(token_of(link), "other") is None


@pytest.mark.parametrize(("typed", "mails"), [("claire@ent.example", 1), ("personne@ent.example", 0)])
def test_a_request_is_answered_later_and_forgotten(cast: Cast, purpose: None, typed: str, mails: int) -> None:
    links.ask_link(PURPOSE, typed, address="")
    with scope.use(scope.EVERYTHING):
        request = LinkRequest.objects.get()
        assert not MailedLink.objects.exists()
    links.answer_request(request.pk, by=SYSTEM)
    links.answer_request(request.pk, by=SYSTEM)
    with scope.use(scope.EVERYTHING):
        assert not LinkRequest.objects.exists()
        assert MailedLink.objects.count() == mails
