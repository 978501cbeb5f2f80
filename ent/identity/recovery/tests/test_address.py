"""The address by which one comes back in: given from inside, verified by its mail, and told."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from ent.core.actors import SYSTEM
from ent.core.tests.queue import run_jobs
from ent.foundation.accounts.actions import reset_password
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.notifications.models import Notification
from ent.foundation.schools import scope
from ent.identity.signin.models import ProvenAddress
from tests.cast import PASSWORD, Cast

OWN = "lucas.perso@ailleurs.example"


@pytest.fixture
def lucas(cast: Cast) -> Client:
    """The apprentice, who has just signed in with his password."""
    client = Client(HTTP_HOST="ent.example")
    sent = {"identifier": cast.lucas.account.identifier, "password": PASSWORD}
    assert client.post("/connexion/", sent)["Location"] == "/mon-compte/courriel/"
    return client


def link() -> str:
    run_jobs()
    found = re.search(r"/mon-compte/courriel/\S+", mail.outbox[-1].body)
    assert found
    return found[0]


def proven(cast: Cast) -> list[str]:
    with scope.use(scope.EVERYTHING):
        return [row.address for row in ProvenAddress.objects.filter(account=cast.lucas.account)]


def test_an_apprentice_is_asked_for_an_address_and_verifies_it_by_its_mail(lucas: Client, cast: Cast) -> None:
    assert lucas.get("/annuaire/")["Location"] == "/mon-compte/courriel/"
    assert lucas.post("/mon-compte/courriel/", {"typed": OWN})["Location"] == "/"
    assert proven(cast) == []
    stranger = Client(HTTP_HOST="ent.example")
    address = link()
    assert stranger.get(address).status_code == 200
    assert proven(cast) == []
    stranger.post(address)
    assert proven(cast) == [OWN]
    assert "Donner une adresse" not in lucas.get("/").content.decode()
    assert stranger.get(address).status_code == 410


def test_put_off_it_is_not_asked_at_the_next_sign_in(lucas: Client, cast: Cast) -> None:
    assert lucas.post("/mon-compte/courriel/", {"plus_tard": "1"})["Location"] == "/"
    again = Client(HTTP_HOST="ent.example")
    sent = {"identifier": cast.lucas.account.identifier, "password": PASSWORD}
    assert again.post("/connexion/", sent)["Location"] == "/"


def test_so_is_a_pupil_of_an_agricultural_lycee_and_not_one_of_a_college(cast: Cast) -> None:
    for name, where in (("sofia", "/mon-compte/courriel/"), ("malo", "/")):
        sent = {"identifier": cast.people[name].account.identifier, "password": PASSWORD}
        assert Client(HTTP_HOST="ent.example").post("/connexion/", sent)["Location"] == where


def test_a_forgotten_password_comes_back_by_it(lucas: Client, cast: Cast) -> None:
    lucas.post("/mon-compte/courriel/", {"typed": OWN})
    lucas.post(link())
    run_jobs()
    mail.outbox.clear()
    Client(HTTP_HOST="ent.example").post("/mot-de-passe-oublie/", {"typed": cast.lucas.account.identifier})
    run_jobs()
    assert [letter.to for letter in mail.outbox] == [[OWN]]


def test_the_holder_is_told_where_the_school_knows_them(lucas: Client, cast: Cast) -> None:
    lucas.post("/mon-compte/courriel/", {"typed": OWN})
    lucas.post(link())
    run_jobs()
    with scope.use(scope.EVERYTHING):
        assert Notification.objects.filter(account=cast.lucas.account, name="recovery.address_kept").exists()
    assert "lucas@ent.example" in mail.outbox[-1].to[0]


def test_an_address_that_is_none_is_said_and_kept(lucas: Client) -> None:
    answer = lucas.post("/mon-compte/courriel/", {"typed": "lucas.perso"})
    assert answer.status_code == 422
    assert 'value="lucas.perso"' in answer.content.decode()


def test_nobody_is_flooded(lucas: Client) -> None:
    for _time in range(5):
        lucas.post("/mon-compte/courriel/", {"typed": OWN})
    assert "Plusieurs demandes" in lucas.post("/mon-compte/courriel/", {"typed": OWN}).content.decode()


def test_a_session_left_open_does_not_change_it(cast: Cast) -> None:
    answer: Any = cast.signed_in("lucas").post("/mon-compte/courriel/", {"typed": OWN})
    assert "confirmer" in answer["Location"]


def test_the_link_of_another_purpose_verifies_nothing(cast: Cast, client: Client) -> None:
    client.post("/mot-de-passe-oublie/", {"typed": cast.claire.account.identifier})
    run_jobs()
    found = re.search(r"/mot-de-passe-oublie/(\S+)", mail.outbox[-1].body)
    assert found
    assert client.post(f"/mon-compte/courriel/{found[1]}").status_code == 410


def test_an_address_given_before_the_account_was_taken_back_is_never_kept(lucas: Client, cast: Cast) -> None:
    lucas.post("/mon-compte/courriel/", {"typed": "voleur@ailleurs.example"})
    address = link()
    account = Account.objects.get(pk=cast.lucas.account_id)
    with scope.use(scope.EVERYTHING):
        reset_password(account, version=password_version(account), by=SYSTEM)
    assert Client(HTTP_HOST="ent.example").post(address).status_code == 410
    assert proven(cast) == []


def test_a_stranger_who_asks_too_often_stops_nobody(lucas: Client, cast: Cast) -> None:
    stranger = Client(HTTP_HOST="ent.example")
    for _time in range(5):
        stranger.post("/mot-de-passe-oublie/", {"typed": f"address {cast.lucas.account_id}"})
    assert lucas.post("/mon-compte/courriel/", {"typed": OWN}).status_code == 303
