"""A person joins two accounts that are theirs, and nobody joins one that is not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ent.directory.models import Person
from ent.foundation.accounts.models import Account, FailedPassword
from ent.foundation.schools import scope
from ent.identity.signin.queries import entrances
from tests.cast import PASSWORD, Cast

PROVE, CONFIRM = "/mon-compte/reunir/", "/mon-compte/reunir/confirmer/"


@pytest.fixture
def claire(cast: Cast) -> Client:
    """Signed in, and proved a moment ago."""
    return proved(cast.signed_in("claire"))


def proved(client: Client, ago: timedelta = timedelta()) -> Client:
    session = client.session
    session["proved_at"] = (timezone.now() - ago).timestamp()
    session.save()
    return client


def give(client: Client, cast: Cast, name: str, password: str = PASSWORD):
    return client.post(PROVE, {"identifier": cast.people[name].account.identifier, "password": password})


def test_both_are_shown_then_one_remains(cast: Cast, claire: Client) -> None:
    assert give(claire, cast, "karim")["Location"] == CONFIRM
    shown = claire.get(CONFIRM).content.decode()
    for words in ("claire.moreau", "karim.benali", "Lycée agricole du Véron", "Sofia Benali", "Inès Moreau"):
        assert words in shown
    assert claire.post(CONFIRM).status_code == 303
    with scope.use(scope.EVERYTHING):
        kept = Person.objects.get(account=cast.claire.account)
        assert kept.wards.count() == 3
        assert not Person.objects.filter(pk=cast.karim.pk).exists()
    assert not Account.objects.get(pk=cast.karim.account_id).is_active
    assert claire.get("/").status_code == 200


def test_nothing_is_done_before_it_is_confirmed(cast: Cast, claire: Client) -> None:
    give(claire, cast, "karim")
    claire.get(CONFIRM)
    with scope.use(scope.EVERYTHING):
        assert Person.objects.filter(pk=cast.karim.pk).exists()


def test_a_wrong_password_counts_and_opens_nothing(cast: Cast, claire: Client) -> None:
    answer = give(claire, cast, "karim", "Faux-1234!")
    assert answer.status_code == 422
    assert FailedPassword.objects.count() == 1
    assert claire.get(CONFIRM)["Location"] == PROVE


def test_a_guarded_account_is_not_proved_by_its_password(
    cast: Cast, claire: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = cast.m_tessier.account_id
    monkeypatch.setitem(entrances.second_factors._items, "trial", lambda account: account.pk == guarded)
    answer = give(claire, cast, "m_tessier")
    assert answer.status_code == 422
    assert "a une seconde preuve" in answer.content.decode()


def test_ones_own_account_is_not_another(cast: Cast, claire: Client) -> None:
    assert "déjà votre compte" in give(claire, cast, "claire").content.decode()


def test_the_proof_of_the_other_account_ends_with_its_password(cast: Cast, claire: Client) -> None:
    give(claire, cast, "karim")
    account = Account.objects.get(pk=cast.karim.account_id)
    account.set_password("Autre-1519!")
    account.save()
    assert claire.post(CONFIRM)["Location"] == PROVE


def test_it_is_asked_only_of_whoever_has_just_proved_their_own(cast: Cast) -> None:
    client = proved(cast.signed_in("claire"), ago=timedelta(minutes=11))
    for method, address in (("get", PROVE), ("post", PROVE), ("post", CONFIRM)):
        answer = getattr(client, method)(address, {"identifier": "karim.benali", "password": PASSWORD})
        assert answer["Location"].startswith("/mon-compte/confirmer/")


def test_another_browser_confirms_nothing(cast: Cast, claire: Client) -> None:
    give(claire, cast, "karim")
    assert proved(cast.signed_in("claire")).post(CONFIRM)["Location"] == PROVE
