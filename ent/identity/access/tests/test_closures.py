"""Whom a school does not let in: until a day to come, or at once; and who always comes in."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.directory.enums import Family, LegalDuty, Office
from ent.directory.models import Delegation, Enrolment, Guardianship, Membership
from ent.foundation.accounts.models import WebSession
from ent.foundation.accounts.queries import password_version
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.access.actions import close_access, reopen_access
from ent.identity.access.enums import Kind
from ent.identity.access.models import Closure
from ent.identity.access.queries.closures import why_closed
from ent.identity.access.tasks import follow_people
from tests.cast import PASSWORD, STARTS, Cast

FAMILIES = (Family.LEARNERS, Family.GUARDIANS)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def later(delay: timedelta) -> AbstractContextManager[object]:
    return patch("django.utils.timezone.now", return_value=timezone.now() + delay)


def close(
    school: School,
    *divisions: object,
    kind: Kind = Kind.SUSPENSION,
    families: Iterable[str] = FAMILIES,
    until: date | None = None,
) -> int:
    with scope.use(scope.EVERYTHING):
        return close_access(
            school, kind, divisions=divisions, families=families, reason="Messages", reopens_on=until, by=SYSTEM  # type: ignore[arg-type]
        )  # fmt: skip


def comes_in(cast: Cast, name: str) -> bool:
    client = Client(HTTP_HOST="ent.example")
    sent = {"identifier": cast.people[name].account.identifier, "password": PASSWORD}
    return "/connexion/sans-acces/" not in client.post("/connexion/", sent)["Location"]


@pytest.fixture
def tomorrow() -> date:
    return timezone.localdate() + days(1)


def test_a_class_that_opens_tomorrow_comes_in_tomorrow_and_no_sooner(cast: Cast, tomorrow: date) -> None:
    assert close(cast.lycee, cast.divisions["2de 4"], kind=Kind.OPENING, families=["eleves"], until=tomorrow) == 1
    assert not comes_in(cast, "ines")
    assert comes_in(cast, "noe")
    with later(days(1)):
        assert comes_in(cast, "ines")


def test_who_is_kept_out_reads_from_when_they_come_in(cast: Cast, tomorrow: date, client: Client) -> None:
    close(cast.lycee, kind=Kind.OPENING, families=["eleves"], until=tomorrow)
    client.post("/connexion/", {"identifier": cast.ines.account.identifier, "password": PASSWORD})
    page = client.get("/connexion/sans-acces/").content.decode()
    assert "n’est pas encore ouvert pour vous" in page
    assert "Revenez le" in page


def test_a_stranger_reads_nothing_of_anybody(cast: Cast, client: Client) -> None:
    close(cast.lycee)
    assert "suspendu" not in client.get("/connexion/sans-acces/").content.decode()


def test_a_suspension_ends_what_is_open_at_the_next_page(cast: Cast) -> None:
    client = cast.signed_in("ines")
    assert client.get("/").status_code == 200
    close(cast.lycee)
    answer = client.get("/", follow=True)
    assert "a suspendu votre accès" in answer.content.decode()
    assert "Messages" not in answer.content.decode()
    assert client.post("/deconnexion/").status_code == 303
    assert not WebSession.objects.filter(account=cast.ines.account).exists()


def test_another_school_goes_on_and_so_does_a_mother_in_it(cast: Cast) -> None:
    close(cast.lycee)
    assert comes_in(cast, "malo")
    assert comes_in(cast, "claire")
    with scope.use(scope.EVERYTHING):
        shown = [m.school for m in Membership.objects.letting_in().filter(person=cast.claire)]
    assert shown == [cast.college]


def test_the_mother_of_one_child_in_an_open_class_comes_in(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.create(pupil=cast.noe, guardian=cast.claire, legal=LegalDuty.LEGAL)
    close(cast.lycee, cast.divisions["2de 4"])
    with scope.use(scope.EVERYTHING):
        assert Membership.objects.letting_in().filter(person=cast.claire, school=cast.lycee).exists()
    close(cast.lycee, cast.divisions["2de 5"])
    with scope.use(scope.EVERYTHING):
        assert not Membership.objects.letting_in().filter(person=cast.claire, school=cast.lycee).exists()


def test_headship_and_correspondant_always_come_in(cast: Cast) -> None:
    everybody = [family.value for family in Family]
    close(cast.college, families=everybody)
    close(cast.lycee, families=everybody)
    with scope.use(scope.EVERYTHING):
        open_to = set(Membership.objects.letting_in().values_list("person", flat=True))
    assert {cast.m_tessier.pk, cast.mme_dupont.pk} <= open_to
    assert cast.mme_fabre.pk not in open_to


def test_reopened_everybody_comes_in(cast: Cast) -> None:
    close(cast.lycee)
    with scope.use(scope.EVERYTHING):
        reopen_access(Closure.objects.get(), by=SYSTEM)
    assert comes_in(cast, "ines")


def test_of_two_closures_the_longer_holds(cast: Cast, tomorrow: date) -> None:
    close(cast.lycee, until=tomorrow)
    close(cast.lycee, cast.divisions["2de 4"], until=tomorrow + days(3))
    with later(days(2)):
        assert comes_in(cast, "noe")
        assert not comes_in(cast, "ines")


def test_whoever_changes_class_is_followed(cast: Cast) -> None:
    close(cast.lycee, cast.divisions["2de 4"], families=["eleves"])
    with scope.use(scope.EVERYTHING):
        places = Enrolment.objects.filter(division__isnull=False)
        places.filter(membership__person=cast.ines).update(division=cast.divisions["2de 5"])
        places.filter(membership__person=cast.noe).update(division=cast.divisions["2de 4"])
    follow_people()
    assert comes_in(cast, "ines")
    assert not comes_in(cast, "noe")


def test_whoever_arrives_meanwhile_is_kept_out_too(cast: Cast) -> None:
    close(cast.college, families=["eleves"])
    with scope.use(scope.EVERYTHING):
        Membership.objects.create(person=cast.noe, school=cast.college, profile="eleve", starts=STARTS)
    follow_people()
    with scope.use(scope.EVERYTHING):
        assert not Membership.objects.letting_in().filter(person=cast.noe, school=cast.college).exists()


def test_closing_for_nobody_changes_nothing(cast: Cast) -> None:
    with pytest.raises(Refused, match="Personne n’est concerné"):
        close(cast.lycee, families=["maitres"])


def test_a_day_that_is_over_is_no_opening(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        close(cast.lycee, until=timezone.localdate() - days(1))


def test_it_is_told_in_the_journal_of_the_school(cast: Cast) -> None:
    close(cast.lycee, cast.divisions["2de 4"])
    with scope.use(scope.EVERYTHING):
        told = Record.objects.get(action="access.close_access")
    assert (told.school_id, told.details["people"]) == (cast.lycee.pk, 2)
    assert told.details["whom"] == ["Élèves, Responsables, 2de 4"]


# --- the pages ---


@pytest.fixture
def tessier(cast: Cast) -> Client:
    client = cast.signed_in("m_tessier")
    session = client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    return client


def test_the_correspondant_suspends_a_level_and_opens_it_again(cast: Cast, tessier: Client) -> None:
    sent = {"places": ["n-Autres classes"], "families": ["eleves"], "reason": "Messages blessants"}
    assert tessier.post("/administration/acces/suspension/", sent).status_code == 303
    assert not comes_in(cast, "malo")
    page = tessier.get("/administration/acces/").content.decode()
    assert "Messages blessants" in page
    with scope.use(scope.EVERYTHING):
        closure = Closure.objects.get()
    tessier.post(f"/administration/acces/{closure.pk}/rouvrir/")
    assert comes_in(cast, "malo")


def test_what_is_typed_wrong_is_said_and_kept(cast: Cast, tessier: Client) -> None:
    sent = {
        "places": ["n-Autres classes"],
        "families": ["personnels"],
        "reason": "Motif écrit",
        "reopens_on": "2020-01-01",
    }
    answer = tessier.post("/administration/acces/suspension/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choisissez un jour à venir." in page
    assert "on ferme aux élèves ou aux responsables" in page
    assert "Motif écrit" in page


def test_the_class_of_another_school_is_none_of_theirs(cast: Cast, tessier: Client) -> None:
    foreign = str(cast.divisions["2de 4"].pk)
    sent = {"places": [foreign], "families": ["eleves"], "reason": "x"}
    assert tessier.post("/administration/acces/suspension/", sent).status_code == 422
    assert comes_in(cast, "ines")


def test_the_closure_of_another_school_is_not_theirs_to_open(cast: Cast, tessier: Client) -> None:
    close(cast.lycee)
    with scope.use(scope.EVERYTHING):
        closure = Closure.objects.get()
    assert tessier.post(f"/administration/acces/{closure.pk}/rouvrir/").status_code == 404


def test_suspending_asks_for_a_fresh_proof(cast: Cast) -> None:
    assert "confirmer" in cast.signed_in("m_tessier").get("/administration/acces/suspension/")["Location"]


def test_a_guardian_who_administers_elsewhere_is_kept_out_of_this_school_only(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.claire, office=Office.SCHOOL, school=cast.college, starts=STARTS)
    close(cast.lycee)
    with scope.use(scope.EVERYTHING):
        assert not Membership.objects.letting_in().filter(person=cast.claire, school=cast.lycee).exists()


# --- kept out, and still of the school ---


def test_whoever_is_kept_out_stays_in_the_accounts_of_the_school(cast: Cast, tessier: Client) -> None:
    close(cast.college)
    assert tessier.get(f"/administration/comptes/{cast.malo.pk}/").status_code == 200
    assert "malo.moreau" in tessier.get("/administration/activation/suivi.csv").content.decode()


def test_a_teacher_suspended_elsewhere_is_no_easier_to_take_over(cast: Cast, tessier: Client) -> None:
    with scope.use(scope.EVERYTHING):
        Membership.objects.create(person=cast.mme_fabre, school=cast.college, profile="responsable", starts=STARTS)
    close(cast.lycee, families=["personnels"])
    sent = {"version": password_version(cast.mme_fabre.account)}
    assert tessier.post(f"/administration/comptes/{cast.mme_fabre.pk}/reinitialiser/", sent).status_code == 403


def test_a_class_that_begins_in_september_waits_for_its_day_in_august(cast: Cast) -> None:
    august = datetime(2026, 8, 28, 8, tzinfo=timezone.get_current_timezone())
    with patch("django.utils.timezone.now", return_value=august):
        opens = date(2026, 9, 3)
        assert close(cast.lycee, cast.divisions["2de 4"], kind=Kind.OPENING, families=["eleves"], until=opens) == 1


def test_a_mother_of_two_closed_classes_comes_in_with_the_first_that_opens(cast: Cast, tomorrow: date) -> None:
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.create(pupil=cast.noe, guardian=cast.claire, legal=LegalDuty.LEGAL)
    close(cast.lycee, cast.divisions["2de 4"], kind=Kind.OPENING, until=tomorrow)
    close(cast.lycee, cast.divisions["2de 5"], kind=Kind.OPENING, until=tomorrow + days(20))
    with scope.use(scope.EVERYTHING):
        row = Membership.objects.get(person=cast.claire, school=cast.lycee)
        assert row.closed_until == tomorrow


def test_each_reads_the_closure_that_is_theirs(cast: Cast, tomorrow: date) -> None:
    close(cast.college, cast.divisions["5e B"], families=["eleves"])
    close(cast.college, kind=Kind.OPENING, families=["responsables"], until=tomorrow)
    with scope.use(scope.EVERYTHING):
        [told] = why_closed(cast.claire.account)
    assert told.is_opening


def test_the_same_form_sent_twice_closes_once(cast: Cast, tessier: Client) -> None:
    for _time in range(2):
        tessier.post("/administration/acces/suspension/", {"families": ["eleves"], "reason": "x"})
    with scope.use(scope.EVERYTHING):
        assert Closure.objects.count() == 1


def test_staff_ticked_with_a_class_are_not_left_out_in_silence(cast: Cast, tessier: Client) -> None:
    sent = {"places": [str(cast.divisions["5e B"].pk)], "families": ["eleves", "personnels"], "reason": "x"}
    assert tessier.post("/administration/acces/suspension/", sent).status_code == 422


def test_an_opening_far_away_is_a_suspension_and_asks_for_the_same_proof(cast: Cast) -> None:
    assert "confirmer" in cast.signed_in("m_tessier").get("/administration/acces/ouverture/")["Location"]


def test_who_is_kept_out_reads_their_own_reason_though_somebody_else_is_in(cast: Cast) -> None:
    close(cast.college, families=["eleves"])
    client = cast.signed_in("claire")
    client.post("/connexion/", {"identifier": cast.malo.account.identifier, "password": PASSWORD})
    assert "a suspendu votre accès" in client.get("/connexion/sans-acces/").content.decode()
