"""After too many wrong passwords one waits; nobody else does, and nothing tells whether the account exists."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM, UNKNOWN
from ent.directory.models import Delegation, Membership
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import check_password, lock_account, purge_failures, reset_password
from ent.foundation.accounts.models import Account, FailedPassword
from ent.foundation.accounts.queries import password_version
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.signin.queries.sessions import address_of
from tests.cast import PASSWORD, Cast

PAGE = "/connexion/"
MALO = "malo.moreau"
MOST = 10
WAIT = "Réessayez dans 15\u00a0minutes"
SCHOOL = "198.51.100.7"


def give(identifier: str, password: str, *, address: str = SCHOOL):
    return Client(HTTP_HOST="ent.example", REMOTE_ADDR=address).post(
        PAGE, {"identifier": identifier, "password": password}
    )


def fail(identifier: str, times: int, *, address: str = SCHOOL) -> list[int]:
    return [give(identifier, "au hasard", address=address).status_code for _time in range(times)]


def told(action: str) -> list[Record]:
    with scope.use(scope.EVERYTHING):
        return list(Record.objects.filter(action=action).order_by("pk"))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Stops the clock, and moves it."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)

    def move(time: timedelta) -> None:
        nonlocal moment
        moment += time

    return move


def test_the_eleventh_wrong_password_is_not_looked_at(cast: Cast) -> None:
    assert fail(MALO, MOST + 1) == [422] * MOST + [429]


def test_then_even_the_right_one_waits_and_the_page_says_how_long(cast: Cast) -> None:
    fail(MALO, MOST)
    answer = give(MALO, PASSWORD)
    assert answer.status_code == 429
    assert 14 * 60 < int(answer["Retry-After"]) <= 15 * 60
    assert WAIT in answer.content.decode()
    assert f'value="{MALO}"' in answer.content.decode(), "the identifier is kept"
    assert PASSWORD not in answer.content.decode()


def test_an_unknown_identifier_is_answered_alike(cast: Cast) -> None:
    assert fail("personne.inconnue", MOST + 1) == fail(MALO, MOST + 1)
    known, unknown = (give(name, PASSWORD).content.decode() for name in (MALO, "personne.inconnue"))
    assert WAIT in known
    assert masked(known) == masked(unknown)


def masked(page: str) -> list[str]:
    """The page without the identifier typed and the token of its form."""
    return [line for line in page.splitlines() if 'name="identifier"' not in line and "csrfmiddlewaretoken" not in line]


def test_nobody_else_waits(cast: Cast) -> None:
    fail(MALO, MOST + 1)
    assert give("inès.moreau", PASSWORD).status_code == 303


def test_other_letters_for_the_same_account_are_the_same_account(cast: Cast) -> None:
    fail("Malo.Moreau", MOST // 2)
    fail(" MALO.MOREAU ", MOST // 2)
    assert give(MALO, PASSWORD).status_code == 429


def test_each_failure_leaves_the_window_at_its_time(cast: Cast, later: Callable[[timedelta], None]) -> None:
    fail(MALO, 1)
    later(timedelta(minutes=10))
    fail(MALO, MOST - 1)
    assert "Réessayez dans 6\u00a0minutes" in give(MALO, PASSWORD).content.decode()
    later(timedelta(minutes=5, seconds=1))
    assert fail(MALO, 2) == [422, 429]
    later(timedelta(minutes=10))
    assert give(MALO, PASSWORD).status_code == 303


def test_a_success_begins_the_count_anew(cast: Cast) -> None:
    fail(MALO, MOST - 1)
    assert give(MALO, PASSWORD).status_code == 303
    assert fail(MALO, MOST) == [422] * MOST


def test_a_new_password_from_the_school_ends_the_wait(cast: Cast) -> None:
    fail(MALO, MOST)
    account = Account.objects.get(identifier=MALO)
    password = reset_password(account, version=password_version(account), by=SYSTEM)
    assert password
    assert give(MALO, password).status_code == 303


def test_a_locked_account_counts_like_any_other(cast: Cast) -> None:
    lock_account(Account.objects.get(identifier=MALO), reason="Essai", by=SYSTEM)
    answers = [give(MALO, PASSWORD).status_code for _time in range(MOST + 1)]
    assert answers == [422] * MOST + [429]


def test_an_address_waits_after_many_failures_whatever_the_names(cast: Cast, settings) -> None:
    settings.PASSWORD_FAILURES_ADDRESS = 12
    for name in ("un", "deux", "trois"):
        fail(name, 4)
    assert give(MALO, PASSWORD).status_code == 429
    assert give(MALO, PASSWORD, address="203.0.113.9").status_code == 303


def test_pupils_who_mistype_then_succeed_do_not_fill_the_count_of_their_school(cast: Cast, settings) -> None:
    settings.PASSWORD_FAILURES_ADDRESS = 4
    for name in ("malo.moreau", "inès.moreau", "noé.blin", "sofia.benali"):
        fail(name, 2)
        assert give(name, PASSWORD).status_code == 303


def test_the_journal_tells_each_failure_of_an_account_and_never_what_was_typed(cast: Cast) -> None:
    fail(MALO, MOST + 5)
    lines = told("accounts.refuse_password")
    assert [line.details for line in lines] == [{"failures": number} for number in range(1, MOST + 1)]
    assert {(line.target_label, line.actor_label) for line in lines} == {(MALO, "Personne non identifiée")}


def journal_of(cast: Cast, who: str) -> str:
    return cast.signed_in(who).get("/administration/journal/").content.decode()


def test_the_correspondant_of_the_school_sees_the_failures_and_another_school_s_does_not(cast: Cast) -> None:
    fail(MALO, 1)
    lines = told("accounts.refuse_password")
    assert [line.school_id for line in lines] == [cast.college.pk]
    assert MALO in journal_of(cast, "m_tessier")
    with scope.use(scope.EVERYTHING):
        Delegation.objects.filter(person=cast.m_tessier).update(school=cast.lycee)
        Membership.objects.filter(person=cast.m_tessier).update(school=cast.lycee)
    assert MALO not in journal_of(cast, "m_tessier")


def test_failures_on_an_account_of_two_schools_are_told_in_both_and_not_in_one_it_has_left(cast: Cast) -> None:
    fail("claire.moreau", 1)
    assert {line.school_id for line in told("accounts.refuse_password")} == {cast.lycee.pk, cast.college.pk}
    with scope.use(scope.EVERYTHING):
        gone = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(person=cast.claire, school=cast.lycee).update(ends=gone, grace_until=gone)
    fail("claire.moreau", 1)
    assert told("accounts.refuse_password")[-1].school_id == cast.college.pk
    assert len(told("accounts.refuse_password")) == 3


def test_names_of_nobody_do_not_fill_the_journal(cast: Cast, settings) -> None:
    settings.PASSWORD_FAILURES_ADDRESS = 15
    for name in ("Loire-1519!", "deux", "trois"):
        fail(name, 6)
    assert told("accounts.refuse_password") == []
    assert [line.details for line in told("accounts.pause_address")] == [{"failures": 15}]


def test_what_is_counted_can_not_be_read(cast: Cast) -> None:
    fail(MALO, 1)
    row = FailedPassword.objects.get()
    assert MALO.encode() not in bytes(row.account_key)
    assert len(bytes(row.account_key)) == len(bytes(row.address_key)) == 16


def test_each_night_forgets_what_counts_no_more(cast: Cast, later: Callable[[timedelta], None]) -> None:
    fail(MALO, 2)
    later(timedelta(minutes=16))
    fail(MALO, 1)
    assert purge_failures(by=SYSTEM) == 2
    assert FailedPassword.objects.count() == 1


def test_the_present_password_is_no_easier_to_guess_from_within(cast: Cast) -> None:
    client = cast.signed_in("malo")
    page = "/mon-compte/mot-de-passe/"
    guesses = [client.post(page, {"current": "faux", "password": "Bac-a-sable-42"}).status_code for _n in range(MOST)]
    assert guesses == [422] * MOST
    answer = client.post(page, {"current": PASSWORD, "password": "Bac-a-sable-42"})
    assert answer.status_code == 429
    assert "Attendez 15\u00a0minutes" in answer.content.decode()
    assert Account.objects.get(identifier=MALO).check_password(PASSWORD)


def test_offering_the_present_password_as_new_tells_nothing_to_who_does_not_give_it(cast: Cast) -> None:
    answer = cast.signed_in("malo").post("/mon-compte/mot-de-passe/", {"password": PASSWORD})
    assert "mot de passe que vous aviez" not in answer.content.decode()
    answer = cast.signed_in("malo").post("/mon-compte/mot-de-passe/", {"current": PASSWORD, "password": PASSWORD})
    assert "mot de passe que vous aviez" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_an_address_is_a_machine_or_an_ipv6_site(rf, given: str, known: str) -> None:
    assert address_of(rf.get("/", REMOTE_ADDR=given)) == known


def test_behind_a_proxy_only_what_the_proxy_wrote_is_believed(rf, settings) -> None:
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 198.51.100.7")
    assert address_of(request) == "10.0.0.1"
    settings.BEHIND_PROXY = True
    assert address_of(request) == "198.51.100.7"
    assert address_of(rf.get("/", REMOTE_ADDR="10.0.0.1")) == "", "the proxy’s own address is everybody’s"


def test_without_an_address_the_account_alone_is_counted(cast: Cast, settings) -> None:
    settings.PASSWORD_FAILURES_ADDRESS = 1
    for name in ("un", "deux"):
        assert check_password(name, "au hasard", address="", by=UNKNOWN, schools=schools_opened_by) is None


def test_two_processes_do_not_share_the_last_try(django_db_setup, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        url = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
        guesses = [
            subprocess.Popen(
                [sys.executable, "-m", "ent.identity.signin.tests.guess", "en.course"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _process in range(2)
        ]
        for guess in guesses:
            assert guess.stdout.readline() == "ready\n"
        for guess in guesses:
            guess.stdin.write("go\n")
            guess.stdin.flush()
        try:
            assert sorted(guess.communicate()[0] for guess in guesses) == ["refused\n", "too many\n"]
            assert FailedPassword.objects.count() == 1
        finally:
            FailedPassword.objects.all().delete()
            connection.close()


# --- A pause that grows, and a class that is not kept out ---


def test_the_first_mistakes_cost_nothing_and_the_next_ones_more_each_time(cast, later, settings):
    settings.PASSWORD_FREE_FAILURES = 4
    assert fail(MALO, 4) == [422] * 4
    for seconds in (5, 10, 20):
        assert give(MALO, "au hasard").status_code == 429
        later(timedelta(seconds=seconds - 1))
        response = give(MALO, PASSWORD)
        assert response.status_code == 429, "the right one waits too"
        assert "secondes" in response.content.decode()
        later(timedelta(seconds=1))
        assert give(MALO, "au hasard").status_code == 422
    later(timedelta(minutes=1))
    assert give(MALO, PASSWORD).status_code == 303
    assert fail(MALO, 4) == [422] * 4, "a success forgets what came before"


def test_a_prankster_keeps_nobody_out_of_a_browser_of_their_own(cast):
    own = Client(HTTP_HOST="ent.example", REMOTE_ADDR=SCHOOL)
    pair = {"identifier": MALO, "password": PASSWORD}
    assert own.post(PAGE, pair).status_code == 303
    own.post("/deconnexion/")
    assert fail(MALO, MOST + 1)[-1] == 429
    assert give(MALO, PASSWORD).status_code == 429, "any other browser waits"
    assert own.post(PAGE, pair).status_code == 303


def test_a_browser_of_ones_own_is_no_way_to_guess_more(cast):
    own = Client(HTTP_HOST="ent.example", REMOTE_ADDR=SCHOOL)
    own.post(PAGE, {"identifier": MALO, "password": PASSWORD})
    own.post("/deconnexion/")
    answers = [own.post(PAGE, {"identifier": MALO, "password": "au hasard"}).status_code for _ in range(MOST + 1)]
    assert answers == [422] * MOST + [429]
    others = [own.post(PAGE, {"identifier": "ines.moreau", "password": "x"}).status_code for _ in range(MOST + 1)]
    assert others[-1] == 429, "it is known to Malo's account alone"


def test_the_success_of_the_holder_gives_the_stranger_no_new_guesses(cast):
    own = Client(HTTP_HOST="ent.example", REMOTE_ADDR=SCHOOL)
    own.post(PAGE, {"identifier": MALO, "password": PASSWORD})
    own.post("/deconnexion/")
    fail(MALO, MOST)
    own.post(PAGE, {"identifier": MALO, "password": PASSWORD})
    assert give(MALO, "au hasard").status_code == 429
