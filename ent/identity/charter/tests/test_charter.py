"""The charter is published by the region, asked once of each person it concerns, and again when it changes."""

import pytest
from django.test import Client
from django.urls import reverse

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.directory.enums import Family
from ent.directory.models import Membership
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.charter.actions import publish_charter
from ent.identity.charter.models import Charter, CharterAcceptance
from ent.identity.charter.queries import to_accept
from tests.cast import PASSWORD, STARTS, Cast

pytestmark = pytest.mark.django_db
ACCEPT = "/mon-compte/charte/accepter/"


def published(family: Family = Family.GUARDIANS, text: str = "Respect.\n\nSecret.", after: int = 0) -> Charter:
    return publish_charter(family, text, after=after, by=SYSTEM)


def entering(identifier: str) -> Client:
    client = Client(HTTP_HOST="ent.example")
    assert client.post("/connexion/", {"identifier": identifier, "password": PASSWORD}).status_code == 303
    return client


def test_nothing_is_asked_while_the_region_has_published_nothing(cast: Cast):
    assert entering("claire.moreau").get("/").status_code == 200


def test_a_mother_agrees_once_and_goes_where_she_was_going(cast: Cast):
    charter = published()
    client = Client(HTTP_HOST="ent.example")
    pair = {"identifier": "claire.moreau", "password": PASSWORD, "next": "/mon-compte/"}
    assert client.post("/connexion/", pair)["Location"] == ACCEPT
    assert client.get("/")["Location"] == ACCEPT, "no page before it"
    assert "<p>Secret.</p>" in client.get(ACCEPT).content.decode()
    refused = client.post(ACCEPT, {"charter": charter.pk})
    assert refused.status_code == 422
    assert "Cochez la case" in refused.content.decode()
    assert client.post(ACCEPT, {"charter": charter.pk, "agreed": "on"})["Location"] == "/mon-compte/"
    assert entering("claire.moreau").get("/").status_code == 200
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="charter.accept_charter").count() == 2, "one in each of her schools"
    assert "Version 1" in client.get("/mon-compte/charte/").content.decode()


def test_it_concerns_its_family_alone(cast: Cast):
    published(Family.GUARDIANS)
    assert entering("malo.moreau").get("/").status_code == 200


def test_somebody_of_two_families_agrees_to_both(cast: Cast):
    published(Family.GUARDIANS)
    published(Family.LEARNERS)
    with scope.use(scope.EVERYTHING):
        Membership.objects.create(person=cast.claire, school=cast.cfa, profile="apprenti", starts=STARTS)
        assert [one.family for one in to_accept(cast.claire.account)] == [Family.LEARNERS, Family.GUARDIANS]
    client = entering("claire.moreau")
    for charter in Charter.objects.order_by("-pk"):
        gone = client.post(ACCEPT, {"charter": charter.pk, "agreed": "on"})
    # An apprentice is then asked for an address.
    assert gone["Location"] == "/mon-compte/courriel/"


def test_a_new_version_is_asked_at_the_next_sign_in(cast: Cast):
    first = published()
    client = entering("claire.moreau")
    client.post(ACCEPT, {"charter": first.pk, "agreed": "on"})
    published(text="Respect, et sommeil.", after=1)
    assert client.get("/").status_code == 200, "nobody is stopped in what they are doing"
    again = entering("claire.moreau")
    assert "Elle a changé" in again.get(ACCEPT).content.decode()


def test_agreeing_to_the_version_that_was_shown_is_not_agreeing_to_the_next(cast: Cast):
    first = published()
    client = entering("claire.moreau")
    client.get(ACCEPT)
    second = published(text="Autre chose.", after=1)
    client.post(ACCEPT, {"charter": first.pk, "agreed": "on"})
    with scope.use(scope.EVERYTHING):
        assert not CharterAcceptance.objects.filter(charter=second).exists()
        assert to_accept(cast.claire.account) == [second]


def test_the_region_publishes_from_words_that_are_ready(cast: Cast):
    officer = cast.signed_in("region_officer")
    page = reverse("charter:publish", args=["eleves"])
    assert "Ton mot de passe est à toi" in officer.get(page).content.decode()
    assert officer.post(page, {"after": 0, "text": "Respecte.\r\n\r\nDors."}).status_code == 303
    assert Charter.objects.get().text == "Respecte.\n\nDors."
    assert "Version 1" in officer.get(reverse("charter:charters")).content.decode()


def test_two_officers_do_not_publish_over_each_other(cast: Cast):
    published()
    with pytest.raises(Refused, match="Une autre version"):
        published(text="La mienne.", after=0)


def test_the_same_text_is_not_published_twice(cast: Cast):
    published()
    with pytest.raises(Refused, match="rien à publier"):
        published(after=1)


def test_what_the_region_writes_is_text_and_nothing_else(cast: Cast):
    published(text="<script>alert(1)</script>")
    text = entering("claire.moreau").get(ACCEPT).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("family", Family)
def test_each_family_has_words_to_begin_with(cast: Cast, family: Family):
    assert len(cast.signed_in("region_officer").get(reverse("charter:publish", args=[family])).content) > 3000
