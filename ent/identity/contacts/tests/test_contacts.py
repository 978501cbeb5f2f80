"""Those whom the school calls look at their contact details once a year, and say what has changed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.tests.queue import run_jobs
from ent.foundation.audit.models import Record
from ent.foundation.notifications.models import Notification
from ent.foundation.schools import scope
from ent.identity.contacts.models import ContactCheck
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
PAGE = "/mon-compte/coordonnees/"


@pytest.fixture(autouse=True)
def _nobody_has_looked_yet(cast: Cast):
    with scope.use(scope.EVERYTHING):
        ContactCheck.objects.all().delete()


def entering(identifier: str) -> Client:
    client = Client(HTTP_HOST="ent.example")
    assert client.post("/connexion/", {"identifier": identifier, "password": PASSWORD}).status_code == 303
    return client


def test_a_mother_confirms_once_and_is_not_asked_again(cast: Cast):
    client = entering("claire.moreau")
    assert client.get("/")["Location"] == PAGE
    text = client.get(PAGE).content.decode()
    assert "claire@ent.example" in text
    assert "06" in text
    assert client.post(PAGE, {"exact": "1"})["Location"] == "/"
    assert entering("claire.moreau").get("/").status_code == 200
    with scope.use(scope.EVERYTHING):
        records = list(Record.objects.filter(action="contacts.check_contacts"))
    assert [record.details["right"] for record in records] == [True, True]


def test_she_is_asked_again_after_a_year(cast: Cast):
    entering("claire.moreau").post(PAGE, {"exact": "1"})
    with scope.use(scope.EVERYTHING):
        ContactCheck.objects.update(checked_at=timezone.now() - timedelta(days=366))
    assert entering("claire.moreau").get("/")["Location"] == PAGE


def test_what_has_changed_is_told_to_whoever_administers_the_school(cast: Cast):
    client = entering("claire.moreau")
    refused = client.post(PAGE, {"wrong": " "})
    assert refused.status_code == 422
    assert "Dites ce qui a changé" in refused.content.decode()
    assert client.post(PAGE, {"wrong": "Mon numéro est le 06 39 98 77 77"})["Location"] == "/"
    run_jobs()
    with scope.use(scope.EVERYTHING):
        told = Notification.objects.filter(name="contacts.contacts_to_correct")
        assert [one.account_id for one in told] == [cast.m_tessier.account_id]
        details = str([record.details for record in Record.objects.all()])
    assert "77 77" not in details, "the journal outlives people: it holds no number"


def test_pupils_and_staff_are_not_asked(cast: Cast):
    assert entering("malo.moreau").get("/").status_code == 200
    assert entering("hélène.fabre").get("/")["Location"] != PAGE
