"""The accounts of a school: looking for one, locking it, giving a provisional password, adding a person."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ent.directory.enums import Office, Profile, Source
from ent.directory.models import Delegation, Membership, Person
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.accounts.queries import free_identifier, password_version
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from tests.cast import PASSWORD, STARTS, Cast

LIST = "/administration/comptes/"


def url(name: str, *args: int) -> str:
    return reverse(f"administration:{name}", args=args)


def fresh(person: Person) -> Account:
    return Account.objects.get(pk=person.account_id)


def records(action: str) -> list[Record]:
    with scope.use(scope.EVERYTHING):
        return list(Record.objects.filter(action=action))


def text(response) -> str:
    return response.content.decode()


def join(person: Person, school, profile: str, **values) -> Membership:
    with scope.use(scope.EVERYTHING):
        return Membership.objects.create(person=person, school=school, profile=profile, starts=STARTS, **values)


# --- The list ---


def test_the_correspondant_sees_the_accounts_of_their_school_only(cast: Cast) -> None:
    page = text(cast.signed_in("m_tessier").get(LIST))
    assert "Moreau Malo" in page
    assert "Moreau Claire" in page
    assert "Moreau Inès" not in page
    assert "Fabre" not in page


@pytest.mark.parametrize("name", ["ines", "claire", "mme_fabre", "m_lemaire", "mme_dupont", "lucas", "region_officer"])
def test_the_accounts_are_closed_to_who_does_not_administer(cast: Cast, name: str) -> None:
    client = cast.signed_in(name)
    assert client.get(LIST).status_code == 403
    assert client.get(url("account", cast.malo.pk)).status_code == 403
    assert client.post(url("account_reset", cast.malo.pk)).status_code == 403
    assert client.get(url("account_add")).status_code == 403


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=moreau", ["Malo", "Claire"]),
        ("q=MALO.mor", ["Malo"]),
        ("q=tess", ["Marc"]),
        ("profil=eleve", ["Malo"]),
        ("profil=responsable", ["Claire"]),
        ("profil=nimporte", ["Malo", "Claire", "Marc"]),
        ("etat=bloques", ["Claire"]),
        ("etat=actifs", ["Malo", "Marc"]),
        ("etat=jamais", []),
    ],
)
def test_accounts_are_found_by_name_identifier_profile_and_state(cast: Cast, asked: str, found: list[str]) -> None:
    Account.objects.filter(pk=cast.claire.account_id).update(locked_at=timezone.now())
    lines = cast.signed_in("m_tessier").get(f"{LIST}?{asked}").context["lines"]
    assert {line.person.first_name for line in lines} == set(found)


def test_around_a_division_are_its_pupils_and_their_guardians(cast: Cast) -> None:
    lines = cast.signed_in("m_tessier").get(f"{LIST}?classe={cast.divisions['5e B'].pk}").context["lines"]
    assert {line.person.first_name for line in lines} == {"Malo", "Claire"}
    assert [place for line in lines for place in line.places if place == "5e B"] == ["5e B"]


def test_a_division_of_another_school_filters_nothing(cast: Cast) -> None:
    lines = cast.signed_in("m_tessier").get(f"{LIST}?classe={cast.divisions['2de 4'].pk}").context["lines"]
    assert len(lines) == 3


def test_the_list_costs_as_many_queries_for_thirty_people_as_for_three(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    client.get(LIST)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    few = cost()
    with scope.use(scope.EVERYTHING):
        for number in range(30):
            account = Account.objects.create(identifier=f"eleve{number}")
            person = Person.objects.create(first_name="Élève", last_name=f"N{number}", account=account)
            Membership.objects.create(person=person, school=cast.college, profile=Profile.PUPIL, starts=STARTS)
    assert cost() == few


def test_who_left_long_ago_is_no_longer_listed_but_who_is_in_their_grace_period_is(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    with scope.use(scope.EVERYTHING):
        rows = Membership.objects.filter(person=cast.malo)
        rows.update(ends=yesterday, grace_until=timezone.localdate() + timedelta(days=30))
    client = cast.signed_in("m_tessier")
    assert "Moreau Malo" in text(client.get(LIST))
    with scope.use(scope.EVERYTHING):
        rows.update(grace_until=yesterday)
    assert "Moreau Malo" not in text(client.get(LIST))


# --- Locking ---


def test_a_locked_account_is_signed_out_everywhere_and_may_be_opened_again(cast: Cast) -> None:
    client, malo = cast.signed_in("m_tessier"), cast.signed_in("malo")
    assert malo.get("/").status_code == 200
    answer = client.post(url("account_lock", cast.malo.pk), {"reason": "Mot de passe affiché au tableau"})
    assert answer.status_code == 303
    assert fresh(cast.malo).locked_reason == "Mot de passe affiché au tableau"
    assert not WebSession.objects.filter(account=cast.malo.account).exists()
    assert malo.get("/").status_code == 303
    assert "Mot de passe affiché au tableau" in text(client.get(url("account", cast.malo.pk)))

    client.post(url("account_unlock", cast.malo.pk))
    assert fresh(cast.malo).locked_at is None
    assert fresh(cast.malo).check_password(PASSWORD)
    assert [r.school_id for r in records("accounts.lock_account")] == [cast.college.pk]
    assert len(records("accounts.unlock_account")) == 1


def test_locking_twice_locks_once(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    for reason in ("Première", "Seconde"):
        client.post(url("account_lock", cast.malo.pk), {"reason": reason})
    assert fresh(cast.malo).locked_reason == "Première"
    assert len(records("accounts.lock_account")) == 1


def test_locking_needs_a_reason_and_says_so_beside_the_field(cast: Cast) -> None:
    answer = cast.signed_in("m_tessier").post(url("account_lock", cast.malo.pk), {"reason": "  "})
    assert answer.status_code == 422
    assert "id_reason_error" in text(answer)
    assert fresh(cast.malo).locked_at is None


def test_the_journal_of_each_school_tells_what_is_done_to_an_account_of_two_schools(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert "sert aussi dans un autre établissement" in text(client.get(url("account_lock", cast.claire.pk)))
    client.post(url("account_lock", cast.claire.pk), {"reason": "Téléphone volé"})
    assert {r.school_id for r in records("accounts.lock_account")} == {cast.college.pk, cast.lycee.pk}


def test_nobody_locks_themselves(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert client.post(url("account_lock", cast.m_tessier.pk), {"reason": "x"}).status_code == 403
    assert client.post(url("account_reset", cast.m_tessier.pk)).status_code == 403
    assert "C’est votre compte" in text(client.get(url("account", cast.m_tessier.pk)))


def test_a_school_never_touches_an_officer_of_the_region(cast: Cast) -> None:
    join(cast.region_officer, cast.college, Profile.GUARDIAN)
    client = cast.signed_in("m_tessier")
    for name in ("account_lock", "account_reset", "account_email"):
        assert client.post(url(name, cast.region_officer.pk), {"reason": "x"}).status_code == 403
    assert "équipe régionale" in text(client.get(url("account", cast.region_officer.pk)))


def test_the_headship_is_out_of_the_correspondants_reach_and_within_the_visiting_regions(cast: Cast) -> None:
    join(cast.noe, cast.college, Profile.HEADSHIP)
    assert cast.signed_in("m_tessier").post(url("account_lock", cast.noe.pk), {"reason": "x"}).status_code == 403
    officer = visiting(cast, cast.college)
    assert officer.post(url("account_lock", cast.noe.pk), {"reason": "Compte volé"}).status_code == 303
    [told] = [r for r in records("accounts.lock_account") if r.school_id == cast.college.pk]
    assert told.reason == "Appel du principal"


def test_a_person_of_another_school_does_not_exist_here(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert client.get(url("account", cast.ines.pk)).status_code == 404
    assert client.post(url("account_lock", cast.ines.pk), {"reason": "x"}).status_code == 404
    assert client.post(url("account_reset", cast.ines.pk)).status_code == 404


# --- Provisional passwords ---


def reset(client: Client, person: Person) -> str:
    """Reset, and the password that the next page shows."""
    answer = client.post(url("account_reset", person.pk), {"version": password_version(fresh(person))}, follow=True)
    found = re.search(r"<dd>([A-Z][a-z]{3}-[a-z]{4}-\d{4})</dd>", text(answer))
    assert found, text(answer)
    return found[1]


def test_a_provisional_password_is_shown_once_and_opens_the_account(cast: Cast) -> None:
    client, malo = cast.signed_in("m_tessier"), cast.signed_in("malo")
    password = reset(client, cast.malo)
    account = fresh(cast.malo)
    assert account.check_password(password)
    assert account.must_change_password
    assert malo.get("/").status_code == 303
    again = text(client.get(url("account_sheet", cast.malo.pk)))
    assert password not in again
    assert "déjà été affichée" in again


def test_a_provisional_password_is_nowhere_in_the_database(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    client.post(url("account_reset", cast.malo.pk), {"version": password_version(fresh(cast.malo))})
    kept = client.session["sheet"]["sealed"]
    password = re.search(r"<dd>(\w{4}-\w{4}-\d{4})</dd>", text(client.get(url("account_sheet", cast.malo.pk))))[1]
    assert password.encode().hex() not in kept
    assert "sheet" not in client.session
    assert password not in "".join(str(r.details) for r in records("accounts.reset_password"))


def test_a_reset_sent_twice_replaces_the_password_once(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    version = password_version(fresh(cast.malo))
    client.post(url("account_reset", cast.malo.pk), {"version": version})
    second = client.post(url("account_reset", cast.malo.pk), {"version": version}, follow=True)
    assert fresh(cast.malo).check_password(re.search(r"<dd>(\w{4}-\w{4}-\d{4})</dd>", text(second))[1])
    assert len(records("accounts.reset_password")) == 1


def test_the_password_of_who_works_elsewhere_is_the_regions_to_reset(cast: Cast) -> None:
    join(cast.mme_fabre, cast.college, Profile.TEACHER)
    client = cast.signed_in("m_tessier")
    assert client.post(url("account_reset", cast.mme_fabre.pk)).status_code == 403
    assert client.post(url("account_email", cast.mme_fabre.pk), {"email": "a@b.example"}).status_code == 403
    assert "travaille aussi dans un autre établissement" in text(client.get(url("account", cast.mme_fabre.pk)))
    assert reset(visiting(cast, cast.college), cast.mme_fabre)
    assert {r.school_id for r in records("accounts.reset_password")} == {cast.college.pk, cast.lycee.pk}


def test_a_mother_of_two_schools_is_helped_by_either(cast: Cast) -> None:
    assert reset(cast.signed_in("m_tessier"), cast.claire)
    assert {r.school_id for r in records("accounts.reset_password")} == {cast.college.pk, cast.lycee.pk}


def visiting(cast: Cast, school) -> Client:
    client = cast.signed_in("region_officer")
    client.post(url("school_visit", school.pk), {"reason": "Appel du principal", "hours": "1"})
    return client


# --- What is written by hand ---


def add(client: Client, **values: str):
    asked = {"first_name": "Paul", "last_name": "Garnier", "profile": "invite", "starts": "2026-11-01", **values}
    return client.post(url("account_add"), asked)


def test_a_guest_is_added_with_an_account_and_a_sheet(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    answer = add(client, function="Intervenant théâtre")
    with scope.use(scope.EVERYTHING):
        person = Person.objects.get(last_name="Garnier")
        [membership] = person.memberships.all()
    assert answer["Location"] == url("account_sheet", person.pk)
    assert "paul.garnier" in text(client.get(answer["Location"]))
    assert (membership.school, membership.profile, membership.source) == (cast.college, Profile.GUEST, Source.MANUAL)
    assert "Intervenant théâtre" in text(client.get(LIST))


def test_a_namesake_is_shown_before_anything_is_written_and_nothing_typed_is_lost(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    answer = add(client, first_name="MALO", last_name="Moréau", function="Invité d’un jour")
    assert answer.status_code == 422
    assert "Malo Moreau" in text(answer)
    assert "Invité d’un jour" in text(answer)
    assert add(client, first_name="Malo", last_name="Moreau", birth_date="1980-01-01").status_code == 303
    assert add(client, first_name="Malo", last_name="Moreau", seen=answer.context["alike_ids"]).status_code == 422


def test_the_same_form_sent_twice_adds_one_person(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert [add(client).status_code, add(client).status_code] == [303, 422]
    with scope.use(scope.EVERYTHING):
        assert Person.objects.filter(last_name="Garnier").count() == 1


def test_a_correspondant_names_no_headship_and_the_visiting_region_does(cast: Cast) -> None:
    assert add(cast.signed_in("m_tessier"), profile="direction").status_code == 422
    assert add(visiting(cast, cast.college), profile="direction").status_code == 303
    assert add(visiting(cast, cast.college), profile="region", last_name="Autre").status_code == 422


def test_wrong_dates_are_said_beside_the_field(cast: Cast) -> None:
    answer = add(cast.signed_in("m_tessier"), starts="2026-11-10", ends="2026-11-01")
    assert answer.status_code == 422
    assert "La fin ne peut pas précéder le début." in text(answer)


def test_a_profile_is_opened_closed_and_opened_again_in_the_same_row(cast: Cast) -> None:
    client, today = cast.signed_in("m_tessier"), timezone.localdate()
    opened = {"profile": "invite", "starts": str(today - timedelta(days=9)), "function": "Club échecs"}
    assert client.post(url("account_membership", cast.malo.pk), opened).status_code == 303
    assert client.post(url("account_membership", cast.malo.pk), opened).status_code == 422
    with scope.use(scope.EVERYTHING):
        row = Membership.objects.get(person=cast.malo, profile="invite")
    before = {"ends": str(today - timedelta(days=20))}
    assert client.post(url("account_membership_close", row.pk), before).status_code == 422
    assert (
        client.post(url("account_membership_close", row.pk), {"ends": str(today - timedelta(days=1))}).status_code
        == 303
    )
    assert client.post(url("account_membership", cast.malo.pk), opened).status_code == 303
    with scope.use(scope.EVERYTHING):
        [again] = Membership.objects.filter(person=cast.malo, profile="invite")
    assert (again.pk, again.ends) == (row.pk, None)
    assert len(records("directory.open_membership")) == 2


def test_what_the_academie_says_is_not_closed_by_hand(cast: Cast) -> None:
    row = cast.membership("malo")
    answer = cast.signed_in("m_tessier").post(url("account_membership_close", row.pk), {"ends": "2026-11-01"})
    assert answer.status_code == 403


def test_closing_a_learners_profile_ends_their_places(cast: Cast) -> None:
    today = timezone.localdate()
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=cast.malo).update(source=Source.MANUAL)
    row = cast.membership("malo")
    cast.signed_in("m_tessier").post(url("account_membership_close", row.pk), {"ends": str(today)})
    with scope.use(scope.EVERYTHING):
        assert [e.ends for e in row.enrolments.all()] == [today]


def test_an_address_is_corrected_and_the_journal_does_not_repeat_it(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert client.post(url("account_email", cast.malo.pk), {"email": "malo@"}).status_code == 422
    client.post(url("account_email", cast.malo.pk), {"email": "malo@famille.example"})
    with scope.use(scope.EVERYTHING):
        assert Person.objects.get(pk=cast.malo.pk).email == "malo@famille.example"
    [told] = records("directory.correct_email")
    assert "famille.example" not in str(told.details) + told.target_label


def test_a_correspondant_of_elsewhere_counts_as_working_elsewhere(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.claire, office=Office.SCHOOL, school=cast.lycee, starts=STARTS)
    assert cast.signed_in("m_tessier").post(url("account_reset", cast.claire.pk)).status_code == 403


@pytest.mark.django_db
def test_an_identifier_is_the_next_free_one() -> None:
    assert free_identifier("Élodie", "d’Œuvre-Noël") == "elodie.d-oeuvre-noel"
    for identifier in ("anne.dupont", "anne.dupont2", "anne.dupont7", "anne.dupontel"):
        Account.objects.create(identifier=identifier)
    assert free_identifier("Anne", "Dupont") == "anne.dupont8"
    assert free_identifier("李", "") == "compte"


def test_a_birth_date_far_in_the_past_is_a_date_like_another(cast: Cast) -> None:
    add(cast.signed_in("m_tessier"), birth_date="1950-02-28")
    with scope.use(scope.EVERYTHING):
        assert Person.objects.get(last_name="Garnier").birth_date == date(1950, 2, 28)
