"""Where signing in leads, and what signing out ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ent.directory.models import Membership
from ent.foundation.accounts.models import WebSession
from ent.foundation.schools import scope
from tests.cast import Cast


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
