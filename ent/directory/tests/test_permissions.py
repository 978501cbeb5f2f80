"""Who may see what of whom: the rules of the directory, one sentence a test."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from ent.directory import permissions as may
from ent.directory.enums import LegalDuty, Profile, Source
from ent.directory.models import Apprenticeship, Division, Guardianship, Membership, Person
from ent.directory.viewer import Viewer, find_viewer
from ent.foundation.schools import scope
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import SchoolYear
from tests.cast import STARTS, Cast

As = Callable[[str], Viewer]


@pytest.fixture
def seen_by(cast: Cast) -> Iterator[As]:
    """`seen_by("ines")` is her viewer, and the rest of the test runs in her scope."""

    def enter(name: str) -> Viewer:
        person = cast.people[name]
        scope.narrow(scope.Scope(person=person.pk))
        viewer = find_viewer(person.account, choice="", child_id=None)
        assert viewer is not None
        scope.narrow(viewer.scope(read_only=False))
        return viewer

    with scope.use(scope.Scope()):
        yield enter


def names(viewer: Viewer) -> set[str]:
    return {person.first_name for person in may.visible_people(viewer)}


def add_person(cast: Cast, first_name: str, profile: str, **dates: object) -> Person:
    with scope.use(scope.EVERYTHING):
        person = Person.objects.create(first_name=first_name, last_name="Dubois", contact={"mobile": "06 39 98 00 01"})
        Membership.objects.create(person=person, school=cast.lycee, profile=profile, **{"starts": STARTS} | dates)
    return person


# --- Who is visible ---


def test_the_staff_see_everybody_in_their_school_and_nobody_of_another(seen_by):
    assert names(seen_by("mme_fabre")) == {"Anne", "Hélène", "Julien", "Inès", "Noé", "Claire"}


def test_a_pupil_sees_the_staff_their_classmates_and_no_parent(seen_by):
    assert names(seen_by("ines")) == {"Anne", "Hélène", "Julien", "Inès"}


def test_a_guardian_sees_their_children_and_the_staff_of_each_of_their_schools(seen_by):
    assert names(seen_by("claire")) == {"Claire", "Inès", "Malo", "Anne", "Hélène", "Julien", "Marc"}


def test_the_region_sees_only_its_own_card_outside_a_visit(seen_by):
    assert names(seen_by("region_officer")) == {"Sylvie"}


def test_someone_who_left_is_no_longer_visible(cast, seen_by):
    add_person(cast, "Partie", Profile.TEACHER, ends=timezone.localdate() - timedelta(1))
    assert "Partie" not in names(seen_by("m_lemaire"))


def test_a_master_sees_the_staff_and_the_apprentice_of_a_contract_in_force(cast, seen_by):
    with scope.use(scope.EVERYTHING):
        master = Membership.objects.create(
            person=cast.karim, school=cast.cfa, profile=Profile.MASTER, starts=STARTS, source=Source.CSV
        )
        Membership._base_manager.filter(person=cast.karim).exclude(pk=master.pk).delete()
        contract = Apprenticeship.objects.create(
            school=cast.cfa, apprentice=cast.membership("lucas"), master=master, company="Boulangerie", starts=STARTS
        )
    assert names(seen_by("karim")) == {"Karim", "Lucas"}
    with scope.use(scope.EVERYTHING):
        Apprenticeship.objects.filter(pk=contract.pk).update(ends=timezone.localdate() - timedelta(1))
    assert names(seen_by("karim")) == {"Karim"}


# --- What one may know of them ---


@pytest.mark.parametrize("person", ["ines", "mme_fabre", "claire"])
def test_a_pupil_is_never_shown_a_phone_number_even_their_own(cast, seen_by, person):
    for profile in Profile.values:
        assert not may.can_see_contact(seen_by("ines"), cast.people[person], {profile})


def test_the_school_life_office_calls_families_and_not_its_colleagues_at_home(cast, seen_by):
    viewer = seen_by("m_lemaire")
    assert may.can_see_contact(viewer, cast.claire, {Profile.GUARDIAN})
    assert may.can_see_contact(viewer, cast.ines, {Profile.PUPIL})
    assert not may.can_see_contact(viewer, cast.mme_fabre, {Profile.TEACHER})
    assert may.can_see_contact(viewer, cast.mme_fabre, {Profile.TEACHER, Profile.GUARDIAN})


def test_a_teacher_sees_no_contact_but_their_own_and_the_headship_sees_all(cast, seen_by):
    viewer = seen_by("mme_fabre")
    assert may.can_see_contact(viewer, cast.mme_fabre, {Profile.TEACHER})
    assert not may.can_see_contact(viewer, cast.claire, {Profile.GUARDIAN})
    assert may.can_see_contact(seen_by("mme_dupont"), cast.mme_fabre, {Profile.TEACHER})


def test_a_guardian_sees_no_contact_of_the_other_guardian(cast, seen_by):
    other = add_person(cast, "Thomas", Profile.GUARDIAN)
    assert not may.can_see_contact(seen_by("claire"), other, {Profile.GUARDIAN})


def test_the_address_of_the_staff_is_for_all_and_that_of_families_for_the_staff(cast, seen_by):
    for name in ("ines", "claire"):
        assert may.can_see_email(seen_by(name), cast.mme_fabre, {Profile.TEACHER})
    assert not may.can_see_email(seen_by("ines"), cast.noe, {Profile.PUPIL})
    assert may.can_see_email(seen_by("mme_fabre"), cast.claire, {Profile.GUARDIAN})


@pytest.mark.parametrize(
    ("legal", "seen"), [(LegalDuty.LEGAL, True), (LegalDuty.IN_CHARGE, False), (LegalDuty.NONE, False)]
)
def test_only_a_legal_guardian_sees_who_else_answers_for_the_child(cast, seen_by, legal, seen):
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(pupil=cast.ines, guardian=cast.claire).update(legal=legal)
    assert may.can_see_guardians(seen_by("claire"), cast.ines) is seen


def test_a_pupil_sees_who_answers_for_them_and_not_for_a_classmate(cast, seen_by):
    viewer = seen_by("ines")
    assert may.can_see_guardians(viewer, cast.ines)
    assert not may.can_see_guardians(viewer, cast.noe)


def test_a_birth_date_is_for_the_family_the_office_and_not_for_teachers(cast, seen_by):
    pupil = {str(Profile.PUPIL)}
    for name, seen in (("ines", True), ("claire", True), ("m_lemaire", True), ("mme_fabre", False)):
        assert may.can_see_birth_date(seen_by(name), cast.ines, pupil) is seen
    assert not may.can_see_birth_date(seen_by("mme_dupont"), cast.mme_fabre, {Profile.TEACHER})


@pytest.mark.parametrize(
    ("legal", "birth_date", "schooling"),
    [(LegalDuty.LEGAL, True, True), (LegalDuty.IN_CHARGE, False, True), (LegalDuty.NONE, False, False)],
)
def test_what_a_guardian_sees_of_a_child_hangs_on_their_duty(cast, seen_by, legal, birth_date, schooling):
    answers_as(cast, legal)
    viewer = seen_by("claire")
    assert "Inès" in names(viewer)
    assert may.can_see_birth_date(viewer, cast.ines, {str(Profile.PUPIL)}) is birth_date
    assert may.can_see_schooling(viewer, cast.ines) is schooling
    assert may.can_see_class(viewer, cast.ines) is schooling
    division = Division.objects.select_related("year").get(pk=cast.divisions["2de 4"].pk)
    assert may.can_see_division(viewer, division) is schooling


def test_the_duty_towards_one_child_opens_nothing_of_the_other(cast, seen_by):
    answers_as(cast, LegalDuty.NONE)
    viewer = seen_by("claire")
    assert may.can_see_schooling(viewer, cast.malo)
    assert may.can_see_birth_date(viewer, cast.malo, {str(Profile.PUPIL)})


def test_a_teacher_who_is_a_contact_of_a_pupil_sees_them_as_a_teacher(cast, seen_by):
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.create(pupil=cast.noe, guardian=cast.mme_fabre)
    assert may.can_see_class(seen_by("mme_fabre"), cast.noe)


def answers_as(cast: Cast, legal: LegalDuty) -> None:
    """Claire answers for Inès in this capacity."""
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(pupil=cast.ines, guardian=cast.claire).update(legal=legal)


def test_families_do_not_learn_that_a_teacher_is_also_a_parent(cast, seen_by):
    with scope.use(scope.EVERYTHING):
        parent = Membership.objects.create(
            person=cast.mme_fabre, school=cast.lycee, profile=Profile.GUARDIAN, starts=STARTS
        )
    assert not may.can_see_role(seen_by("claire"), parent)
    assert may.can_see_role(seen_by("m_lemaire"), parent)
    assert may.can_see_role(seen_by("claire"), cast.membership("mme_fabre"))


# --- Divisions, schools ---


def test_each_sees_the_divisions_that_concern_them(cast, seen_by):
    seen = {
        "mme_fabre": {"2de 4", "2de 5"},
        "ines": {"2de 4"},
        "claire": {"2de 4", "5e B"},
        "karim": {"2de A"},
        "m_tessier": {"5e B"},
        "region_officer": set(),
    }
    for name, expected in seen.items():
        viewer = seen_by(name)
        rows = Division.objects.select_related("year")
        assert {division.label for division in rows if may.can_see_division(viewer, division)} == expected, name


def test_only_the_staff_take_a_list_out_and_guardians_do_not_list_children(cast, seen_by):
    division = cast.divisions["2de 4"]
    expected = {"mme_fabre": (True, True), "ines": (True, False), "claire": (False, False)}
    for name, (lists, exports) in expected.items():
        viewer = seen_by(name)
        assert (may.can_list_pupils(viewer, division), may.can_export_list(viewer, division)) == (lists, exports)


def test_next_years_divisions_stay_with_the_headship_until_the_year_opens(cast, seen_by):
    division = cast.divisions["2de 5"]
    with scope.use(scope.EVERYTHING):
        year = SchoolYear.objects.create(
            school=cast.lycee,
            label="2027-2028",
            starts=STARTS.replace(year=2027),
            ends=STARTS.replace(year=2028),
            state=YearState.PREPARING,
        )
        Division.objects.filter(pk=division.pk).update(year=year)
    for name, seen in (("mme_fabre", False), ("m_lemaire", False), ("mme_dupont", True)):
        viewer = seen_by(name)
        found = Division.objects.select_related("year").get(pk=division.pk)
        assert may.can_see_division(viewer, found) is seen, name


def test_the_region_sees_every_schools_card_and_others_their_own_schools(cast, seen_by):
    assert may.can_see_school_card(seen_by("region_officer"), cast.veron)
    viewer = seen_by("claire")
    assert may.can_see_school_card(viewer, cast.college)
    assert not may.can_see_school_card(viewer, cast.veron)
