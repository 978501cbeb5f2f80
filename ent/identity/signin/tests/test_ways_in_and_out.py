"""Where signing in leads, and what signing out ends."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from ent.directory.models import Membership
from ent.foundation.accounts.models import WebSession
from ent.foundation.schools import scope
from tests.cast import PASSWORD, Cast


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example/", "evil", "portal:home", "javascript:alert(1)"],
)
def test_what_is_no_path_of_ours_leads_home(cast: Cast, target: str) -> None:
    answer = cast.signed_in("claire").get("/connexion/", {"next": target})
    assert (answer.status_code, answer["Location"]) == (303, "/")


def test_a_path_of_ours_is_followed(cast: Cast) -> None:
    answer = cast.signed_in("claire").get("/connexion/", {"next": "/annuaire/?q=fabre"})
    assert answer["Location"] == "/annuaire/?q=fabre"


def test_an_account_that_opens_nothing_any_more_signs_out_all_the_same(cast: Cast) -> None:
    client = cast.signed_in("ines")
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=cast.ines).update(ends=timezone.localdate() - timedelta(days=1))
    assert client.post("/deconnexion/").status_code == 303
    assert not WebSession.objects.filter(account=cast.ines.account).exists()


@pytest.mark.parametrize(
    ("referer", "next_page"),
    [
        ("http://testserver/administration/comptes/ajouter/?a=1&b=2", "/administration/comptes/ajouter/?a=1&b=2"),
        ("https://elsewhere.example/administration/", None),
        ("", None),
    ],
)
def test_a_form_sent_after_the_session_has_ended_is_come_back_to(
    client: Client, db: None, referer: str, next_page: str | None
) -> None:
    answer = client.post("/administration/comptes/ajouter/", {"last_name": "Petit"}, HTTP_REFERER=referer)
    address = urlsplit(answer["Location"])
    assert (answer.status_code, address.path) == (303, "/connexion/")
    assert parse_qs(address.query).get("next") == (next_page and [next_page])
    assert "Votre session a pris fin" in client.get(answer["Location"]).content.decode()


def test_whoever_has_left_is_told_why_nothing_opens(cast: Cast, client: Client) -> None:
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=cast.ines).update(ends=timezone.localdate() - timedelta(days=1))
    answer = client.post("/connexion/", {"identifier": cast.ines.account.identifier, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (303, "/connexion/sans-acces/")
    assert "trois mois après le départ" in client.get(answer["Location"]).content.decode()
    assert not WebSession.objects.filter(account=cast.ines.account).exists()


def test_the_grace_period_still_lets_in(cast: Cast, client: Client) -> None:
    yesterday, tomorrow = timezone.localdate() - timedelta(days=1), timezone.localdate() + timedelta(days=1)
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=cast.ines).update(ends=yesterday, grace_until=tomorrow)
    answer = client.post("/connexion/", {"identifier": cast.ines.account.identifier, "password": PASSWORD})
    assert answer["Location"] == "/"
