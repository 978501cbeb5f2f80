"""What a person sees of their last sign-ins, what a school sees of its accounts, and a suspension that ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.accounts.actions import lock_account
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.tasks import reopen_accounts
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in() -> Callable[[str], Client]:
    def enter(identifier: str, password: str = PASSWORD) -> Client:
        client = Client(HTTP_HOST="ent.example")
        client.post("/connexion/", {"identifier": identifier, "password": password})
        return client

    return enter


def test_a_person_sees_their_last_sign_ins_and_by_what(cast: Cast, sign_in):
    sign_in("claire.moreau")
    text = sign_in("claire.moreau").get("/mon-compte/appareils/").content.decode()
    assert text.count("<small>Mot de passe</small>") == 2


def test_nobody_sees_those_of_another(cast: Cast, sign_in):
    sign_in("claire.moreau")
    assert "<small>Mot de passe</small>" not in cast.signed_in("ines").get("/mon-compte/appareils/").content.decode()


def to_do(cast: Cast) -> str:
    return cast.signed_in("m_tessier").get("/administration/activation/").content.decode()


def test_a_school_sees_what_is_locked_attacked_and_never_opened(cast: Cast, sign_in):
    assert "compte attaqué" not in to_do(cast)
    for _time in range(10):
        sign_in("malo.moreau", "au hasard")
    lock_account(cast.claire.account, reason="essai", by=SYSTEM)
    past = timezone.now() - timedelta(days=1)
    Account.objects.filter(pk=cast.malo.account_id).update(must_change_password=True, provisional_until=past)
    text = to_do(cast)
    for words in ("1 compte attaqué cette semaine", "1 compte bloqué", "1 accès provisoire périmé"):
        assert words in text


def test_a_school_sees_what_expires_within_the_week(cast: Cast) -> None:
    soon = timezone.now() + timedelta(days=5)
    Account.objects.filter(pk=cast.malo.account_id).update(must_change_password=True, provisional_until=soon)
    assert "1 mot de passe expire" in to_do(cast)


def test_what_happens_in_another_school_is_not_shown(cast: Cast, sign_in):
    for _time in range(10):
        sign_in("ines.moreau", "au hasard")
    lock_account(cast.ines.account, reason="essai", by=SYSTEM)
    text = to_do(cast)
    assert "compte attaqué" not in text
    assert "1 compte bloqué" not in text
    assert "À rouvrir, ou à laisser fermés" not in text


def test_a_suspension_ends_by_itself_and_the_journal_tells_it(cast: Cast, sign_in):
    client = cast.signed_in("m_tessier")
    page = f"/administration/comptes/{cast.malo.pk}/"
    sent = {"reason": "Messages injurieux", "until": timezone.localdate().isoformat()}
    assert client.post(f"{page}bloquer/", sent).status_code == 303
    assert "Il se rouvre le" in client.get(page).content.decode()
    account = Account.objects.get(pk=cast.malo.account_id)
    assert not account.is_active
    Account.objects.filter(pk=account.pk).update(locked_until=timezone.now() - timedelta(minutes=1))
    assert sign_in("malo.moreau").get("/").status_code == 200, "at once, before any job"
    reopen_accounts()
    account.refresh_from_db()
    assert account.locked_at is None
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="accounts.unlock_account").count() == 1


def test_a_suspension_until_yesterday_is_refused_and_the_reason_is_kept(cast: Cast):
    client = cast.signed_in("m_tessier")
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    sent = {"reason": "Messages injurieux", "until": yesterday}
    response = client.post(f"/administration/comptes/{cast.malo.pk}/bloquer/", sent)
    assert response.status_code == 422
    text = response.content.decode()
    assert "Ce jour est passé" in text
    assert "Messages injurieux" in text
