"""« C’est mon appareil »: as long as the school allows, for learners and families, never for staff."""

from contextlib import AbstractContextManager
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from ent.directory.models import Delegation, SchoolSettings
from ent.foundation.accounts.models import WebSession
from ent.foundation.schools import scope
from ent.identity.signin.queries.staying import longest_stay
from ent.identity.signin.tasks import end_long_stays
from tests.cast import PASSWORD, STARTS, Cast

HOME = "/"


def enter(client: Client, cast: Cast, name: str, **more: str) -> None:
    identifier = cast.people[name].account.identifier
    answer = client.post("/connexion/", {"identifier": identifier, "password": PASSWORD, **more})
    assert answer.status_code == 303


def later(delay: timedelta) -> AbstractContextManager[object]:
    return patch("django.utils.timezone.now", return_value=timezone.now() + delay)


def is_in_after(client: Client, days: float) -> bool:
    with later(timedelta(days=days)):
        return client.get(HOME).status_code == 200


def settle(cast: Cast, school: str, days: int) -> None:
    with scope.use(scope.EVERYTHING):
        SchoolSettings.objects.update_or_create(school=getattr(cast, school), defaults={"stay_days": days})


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST="ent.example")


def test_a_pupil_stays_signed_in_on_their_own_device_for_thirty_days(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines", stays="on")
    assert is_in_after(browser, 29)
    assert not is_in_after(browser, 31)


def test_without_it_the_session_ends_with_the_day(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines")
    assert not is_in_after(browser, 1)


def test_it_ends_on_its_day_though_the_device_is_used(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines", stays="on")
    assert is_in_after(browser, 20)
    assert not is_in_after(browser, 31)


def test_staff_never_stay_whatever_they_tick(cast: Cast, browser: Client) -> None:
    with scope.use(scope.EVERYTHING):
        for name in ("mme_fabre", "m_tessier", "region_officer"):
            assert longest_stay(cast.people[name].account) == 0


def test_a_mother_who_works_in_a_school_does_not_stay(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.claire, office="correspondant", school=cast.lycee)
        assert longest_stay(cast.claire.account) == 0


def test_the_shortest_of_her_schools_counts_for_a_mother_of_two(cast: Cast) -> None:
    settle(cast, "lycee", 90)
    settle(cast, "college", 7)
    assert longest_stay(cast.claire.account) == 7


def test_a_school_may_allow_it_to_nobody(cast: Cast, browser: Client) -> None:
    settle(cast, "lycee", 0)
    enter(browser, cast, "ines", stays="on")
    assert not is_in_after(browser, 1)


def test_it_is_chosen_and_left_from_the_page_of_devices(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines")
    page = browser.get("/mon-compte/appareils/").content.decode()
    assert "C’est mon appareil" in page
    browser.post("/mon-compte/appareils/rester/", {"rester": "30"})
    assert is_in_after(browser, 29)
    assert "reste connecté jusqu’au" in browser.get("/mon-compte/appareils/").content.decode()
    browser.post("/mon-compte/appareils/rester/")
    assert not is_in_after(browser, 1)


def test_an_old_proof_does_not_lengthen_a_session(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines")
    with later(timedelta(hours=1)):
        answer = browser.post("/mon-compte/appareils/rester/", {"rester": "30"})
        assert "confirmer" in answer["Location"]
        assert not WebSession.objects.filter(expire_date__gt=timezone.now() + timedelta(days=1)).exists()


def test_a_change_of_password_elsewhere_ends_it(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines", stays="on")
    account = cast.ines.account
    account.set_password("Autre-2026!")
    account.save()
    assert not is_in_after(browser, 0)


def test_a_pupil_chooses_how_long_and_no_longer_than_the_school_says(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "ines")
    browser.post("/mon-compte/appareils/rester/", {"rester": "7"})
    assert is_in_after(browser, 6)
    assert not is_in_after(browser, 8)
    browser.post("/mon-compte/appareils/rester/", {"rester": "90"})
    assert not is_in_after(browser, 8)


def test_whoever_has_begun_to_work_in_a_school_stays_no_more(cast: Cast, browser: Client) -> None:
    enter(browser, cast, "claire", stays="on")
    other = Client(HTTP_HOST="ent.example")
    enter(other, cast, "ines", stays="on")
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.claire, office="correspondant", school=cast.lycee, starts=STARTS)
    end_long_stays()
    assert browser.get(HOME).status_code == 303
    assert other.get(HOME).status_code == 200
