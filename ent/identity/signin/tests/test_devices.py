"""A sign-in from a browser that was not known is told to the holder of the account."""

from django.core import mail
from django.test import Client

from ent.core.tests.queue import run_jobs
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.models import KnownDevice
from ent.identity.signin.queries.devices import COOKIE
from tests.cast import PASSWORD, Cast


def enter(cast: Cast, client: Client | None = None, name: str = "claire") -> Client:
    client = client or Client(HTTP_HOST="ent.example", HTTP_USER_AGENT="Mozilla/5.0 (Android 15) Firefox/150.0")
    client.post("/connexion/", {"identifier": cast.people[name].account.identifier, "password": PASSWORD})
    return client


def told() -> list[str]:
    run_jobs()
    return [letter.subject for letter in mail.outbox]


def test_the_first_browser_says_nothing_and_is_known_afterwards(cast: Cast) -> None:
    browser = enter(cast)
    browser.post("/deconnexion/")
    enter(cast, browser)
    assert told() == []
    with scope.use(scope.EVERYTHING):
        assert KnownDevice.objects.count() == 1


def test_another_browser_is_told_at_once(cast: Cast) -> None:
    enter(cast)
    enter(cast)
    assert told() == ["Nouvelle connexion\u00a0: Firefox, Android"]
    with scope.use(scope.EVERYTHING):
        schools = Record.objects.filter(action="signin.know_device").values_list("school_id", flat=True)
        assert set(schools) == {cast.lycee.pk, cast.college.pk}


def test_the_browser_of_one_is_not_known_to_another(cast: Cast) -> None:
    browser = enter(cast)
    browser.post("/deconnexion/")
    enter(cast, name="karim")
    enter(cast, browser, name="karim")
    assert len(told()) == 1


def test_the_token_is_nowhere_kept_and_no_script_reads_it(cast: Cast) -> None:
    browser = enter(cast)
    cookie = browser.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    with scope.use(scope.EVERYTHING):
        assert cookie.value not in str(list(KnownDevice.objects.values()))


def test_a_wrong_password_makes_nothing_known(cast: Cast) -> None:
    client = Client(HTTP_HOST="ent.example")
    client.post("/connexion/", {"identifier": "claire.moreau", "password": "faux"})
    with scope.use(scope.EVERYTHING):
        assert not KnownDevice.objects.exists()
