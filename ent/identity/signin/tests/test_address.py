"""Signing in by an address that one has proved to read."""

import re

import pytest
from django.test import Client

from ent.foundation.accounts.models import FailedPassword
from ent.foundation.schools import scope
from ent.identity.signin.models import ProvenAddress
from ent.identity.signin.queries.addresses import address_key
from tests.cast import PASSWORD, Cast

ADDRESS = "claire@famille.example"


def prove(cast: Cast, name: str) -> None:
    with scope.use(scope.EVERYTHING):
        ProvenAddress.objects.create(account=cast.people[name].account, address=ADDRESS, key=address_key(ADDRESS))


def enter(client: Client, typed: str, password: str = PASSWORD):
    return client.post("/connexion/", {"identifier": typed, "password": password})


@pytest.mark.parametrize("typed", [ADDRESS, "Claire@Famille.Example", f" {ADDRESS} "])
def test_a_proved_address_stands_for_the_identifier(cast: Cast, client: Client, typed: str) -> None:
    prove(cast, "claire")
    assert enter(client, typed)["Location"] == "/"


def test_an_address_of_the_directory_that_nobody_proved_does_not(cast: Cast, client: Client) -> None:
    assert enter(client, cast.claire.email).status_code == 422


def test_an_address_that_two_share_opens_neither(cast: Cast, client: Client) -> None:
    prove(cast, "claire")
    prove(cast, "karim")
    answer = enter(client, ADDRESS)
    assert answer.status_code == 422
    assert "entrez votre identifiant" in answer.content.decode()


def test_a_known_and_an_unknown_address_are_answered_alike(cast: Cast, client: Client) -> None:
    prove(cast, "claire")
    pages = [enter(client, typed, "Faux-1234!").content.decode() for typed in (ADDRESS, "autre@famille.example")]
    one, other = (re.sub(r'value="[^"]*"', "", page) for page in pages)
    assert one == other


def test_failures_by_address_count_for_the_account(cast: Cast, client: Client) -> None:
    prove(cast, "claire")
    enter(client, ADDRESS, "Faux-1234!")
    enter(client, cast.claire.account.identifier, "Faux-1234!")
    assert FailedPassword.objects.values("account_key").distinct().count() == 1
