"""What surrounds the pages takes any input, and nothing of it is kept by a browser or a proxy."""

import pytest
from django.test import Client

from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from tests.cast import Cast

HERE = "http://ent.example"


@pytest.mark.parametrize("place", ["//evil.example/x", "/\\evil.example/x", "https://evil.example/x"])
def test_choosing_a_child_leads_to_no_other_site(cast: Cast, place: str) -> None:
    referer = place if place.startswith("https") else HERE + place
    answer = cast.signed_in("claire").post("/changer/", {"choix": f"c{cast.malo.pk}"}, headers={"referer": referer})
    assert (answer.status_code, answer["Location"]) == (303, "/")


def test_choosing_a_child_leads_back_to_the_page(cast: Cast) -> None:
    referer = f"{HERE}/annuaire/?q=fabre"
    answer = cast.signed_in("claire").post("/changer/", {"choix": f"c{cast.malo.pk}"}, headers={"referer": referer})
    assert answer["Location"] == "/annuaire/?q=fabre"


@pytest.mark.parametrize("choice", ["c²", "c9999999999999999999999", "c", "m0", "\x00"])
def test_a_choice_that_is_none_is_refused(cast: Cast, choice: str) -> None:
    client = cast.signed_in("claire")
    assert client.post("/changer/", {"choix": choice})["Location"] == "/"
    assert "child" not in client.session


def test_the_preferences_keep_nothing_but_boxes(cast: Cast) -> None:
    boxes = {"choix": ["imports:mail", "\x00", "un roman " * 1000]}
    assert cast.signed_in("m_tessier").post("/mon-compte/notifications/", boxes).status_code == 303
    with scope.use(scope.EVERYTHING):
        kept = Record.objects.get(action="notifications.set_preferences").details["chosen"]
    assert "un roman " * 1000 not in kept
    assert "\x00" not in kept


@pytest.mark.parametrize(("path", "status"), [("/nulle-part/", 404), ("/administration/comptes/", 403)])
def test_the_page_of_a_refusal_is_never_kept(cast: Cast, path: str, status: int) -> None:
    answer = cast.signed_in("claire").get(path)
    assert answer.status_code == status
    assert answer["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused_and_the_page_is_never_kept(cast: Cast) -> None:
    client = Client(HTTP_HOST="ent.example", enforce_csrf_checks=True)
    client.force_login(cast.claire.account)
    answer = client.post("/mon-compte/", {"theme": "dark"})
    assert answer.status_code == 403
    assert answer["Cache-Control"] == "no-store"
