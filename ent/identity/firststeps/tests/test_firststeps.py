"""The first steps: on the home page until they are done or put off, and remembered."""

from typing import Any

import pytest
from django.test import Client

from ent.foundation.schools import scope
from ent.identity.firststeps.models import StepTaken
from ent.identity.firststeps.queries import steps_of
from tests.cast import Cast

HOME = "Pour bien commencer"


def text(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


@pytest.fixture
def ines(cast: Cast) -> Client:
    return cast.signed_in("ines")


def test_the_home_page_says_what_is_left(ines: Client) -> None:
    page = text(ines)
    assert HOME in page
    assert "Installer l’application" in page
    assert "1 sur 4" in page


def test_a_step_that_is_done_counts_and_is_said_no_more(ines: Client) -> None:
    ines.post("/mon-compte/installer/")
    page = text(ines)
    assert "Installer l’application" not in page
    assert "2 sur 4" in page


def test_choosing_how_to_be_told_is_a_step_done(ines: Client) -> None:
    ines.post("/mon-compte/notifications/")
    assert "3 sur 4" not in text(ines)
    assert "2 sur 4" in text(ines)


def test_put_off_they_leave_the_home_page_for_good_and_wait_in_the_account(ines: Client, cast: Cast) -> None:
    ines.post("/mon-compte/premiers-pas/")
    assert HOME not in text(ines)
    assert HOME not in text(cast.signed_in("ines"))
    assert "Il en reste 3" in text(ines, "/mon-compte/")
    assert text(ines, "/mon-compte/premiers-pas/").count("Plus tard") == 3


def test_a_step_put_off_can_still_be_done(ines: Client) -> None:
    ines.post("/mon-compte/premiers-pas/")
    ines.post("/mon-compte/installer/")
    assert "Il en reste 2" in text(ines, "/mon-compte/")


def test_said_twice_it_is_done_once(ines: Client, cast: Cast) -> None:
    ines.post("/mon-compte/installer/")
    ines.post("/mon-compte/installer/")
    with scope.use(scope.EVERYTHING):
        assert StepTaken.objects.filter(account=cast.ines.account).count() == 1


def test_they_cost_the_home_page_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with scope.use(scope.Scope(account=cast.ines.account_id)), django_assert_num_queries(1):
        steps_of(cast.ines.account)
