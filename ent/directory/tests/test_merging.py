"""Two people of the directory who are one: everything follows, nothing is lost, and the journal tells it."""

from datetime import date

import pytest

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.directory.actions.merging import merge_people
from ent.directory.enums import ExternalSystem, LegalDuty, Profile, Relation
from ent.directory.models import Delegation, Enrolment, ExternalId, Guardianship, Membership, Person
from ent.directory.queries.merging import belongings_of, obstacle
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.notifications.models import Notification
from ent.foundation.schools import scope
from ent.foundation.search.models import SearchEntry
from tests.cast import Cast


@pytest.fixture
def second_claire(cast: Cast) -> Person:
    """The same mother, whom another file of the collège knows under another number, and who also works there."""
    account = Account.objects.create(identifier="claire.moreau2")
    with scope.use(scope.EVERYTHING):
        person = Person.objects.create(
            account=account, first_name="Claire", last_name="Moreau", birth_date=date(1980, 5, 2), email=""
        )
        for profile in (Profile.GUARDIAN, Profile.ADMINISTRATIVE):
            Membership.objects.create(person=person, school=cast.college, profile=profile, starts=date(2026, 3, 1))
        Membership.objects.filter(person=cast.claire, school=cast.college).update(ends=date(2026, 10, 1))
        ExternalId.objects.create(person=person, system=ExternalSystem.AAF_GUARDIAN, issuer="18", value="777")
        for pupil in (cast.malo, cast.noe):
            Guardianship.objects.create(
                pupil=pupil, guardian=person, relation=Relation.MOTHER, legal=LegalDuty.LEGAL, contact_rank=2
            )
    return person


def merge(kept: Person, gone: Person) -> None:
    with scope.use(scope.EVERYTHING):
        merge_people(kept, gone, by=SYSTEM)


def test_places_children_and_numbers_follow(cast: Cast, second_claire: Person) -> None:
    merge(cast.claire, second_claire)
    with scope.use(scope.EVERYTHING):
        kept = Person.objects.get(pk=cast.claire.pk)
        assert sorted(kept.memberships.values_list("school__name", "profile")) == [
            (cast.college.name, Profile.ADMINISTRATIVE),
            (cast.college.name, Profile.GUARDIAN),
            (cast.lycee.name, Profile.GUARDIAN),
        ]
        assert sorted(kept.wards.values_list("pupil__first_name", flat=True)) == ["Inès", "Malo", "Noé"]
        assert kept.external_ids.get().value == "777"
        assert not Person.objects.filter(pk=second_claire.pk).exists()


def test_two_places_in_one_school_cover_both_times(cast: Cast, second_claire: Person) -> None:
    merge(cast.claire, second_claire)
    with scope.use(scope.EVERYTHING):
        place = Membership.objects.get(person=cast.claire, school=cast.college, profile=Profile.GUARDIAN)
        assert (place.starts, place.ends) == (date(2026, 3, 1), None)


def test_what_the_kept_person_lacks_is_taken_and_what_she_has_stays(cast: Cast, second_claire: Person) -> None:
    merge(cast.claire, second_claire)
    with scope.use(scope.EVERYTHING):
        kept = Person.objects.get(pk=cast.claire.pk)
    assert kept.birth_date == date(1980, 5, 2)
    assert kept.email == "claire@ent.example"


def test_the_other_account_opens_nothing_and_its_inbox_follows(cast: Cast, second_claire: Person) -> None:
    account = second_claire.account
    with scope.use(scope.EVERYTHING):
        Notification.objects.create(account=account, notice="n1", name="x.y", title="À lire", icon="bell")
    merge(cast.claire, second_claire)
    account.refresh_from_db()
    assert account.locked_reason == "Réuni avec le compte claire.moreau"
    with scope.use(scope.EVERYTHING):
        assert Notification.objects.get().account_id == cast.claire.account_id


def test_each_school_is_told(cast: Cast, second_claire: Person) -> None:
    merge(cast.claire, second_claire)
    with scope.use(scope.EVERYTHING):
        told = Record.objects.filter(action="directory.merge_people").values_list("school_id", flat=True)
        assert sorted(told) == sorted([cast.lycee.pk, cast.college.pk])


def test_a_search_finds_one_of_them(cast: Cast, second_claire: Person) -> None:
    merge(cast.claire, second_claire)
    with scope.use(scope.EVERYTHING):
        found = SearchEntry.objects.filter(kind="people", school_id=cast.college.pk, title__contains="Moreau")
        assert set(found.values_list("object_id", flat=True)) >= {cast.claire.pk}
        assert second_claire.pk not in set(found.values_list("object_id", flat=True))


def test_delegations_and_classes_follow(cast: Cast) -> None:
    """A teacher's own account takes that of the pupil she once was: the class she was in stays hers."""
    merge(cast.mme_fabre, cast.m_tessier)
    merge(cast.mme_fabre, cast.ines)
    with scope.use(scope.EVERYTHING):
        assert Delegation.objects.filter(person=cast.mme_fabre, school=cast.college).exists()
        assert Enrolment.objects.filter(membership__person=cast.mme_fabre).count() == 2


def test_two_pupils_with_a_class_in_one_school_are_refused(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=cast.noe.pk).update(birth_date=cast.ines.birth_date)
        noe = Person.objects.get(pk=cast.noe.pk)
    with pytest.raises(Refused, match="inscrits dans le même établissement"):
        merge(cast.ines, noe)
    with scope.use(scope.EVERYTHING):
        assert Person.objects.filter(pk=noe.pk).exists()


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ("ines", "noe", "pas la même date de naissance"),
        ("claire", "malo", "responsable de l’autre"),
        ("malo", "claire", "responsable de l’autre"),
        ("claire", "claire", "déjà votre compte"),
    ],
)
def test_those_who_are_surely_two_stay_two(cast: Cast, one: str, other: str, sentence: str) -> None:
    with scope.use(scope.EVERYTHING):
        assert sentence in obstacle(cast.people[one], cast.people[other])


def test_what_each_has_is_said_in_words(cast: Cast, second_claire: Person) -> None:
    with scope.use(scope.EVERYTHING):
        has = belongings_of(second_claire)
    assert has.children == ["Malo Moreau", "Noé Blin"]
    assert len(has.places) == 2
