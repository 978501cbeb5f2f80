"""What a request knows of its person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ent.directory.enums import Profile
from ent.directory.models import Membership, Person, SchoolVisit
from ent.directory.viewer import Viewer, find_viewer
from ent.foundation.schools import scope
from tests.cast import STARTS, Cast


def viewer_of(cast: Cast, name: str, choice: str = "") -> Viewer:
    person = cast.people[name]
    with scope.use(scope.Scope(person=person.pk)):
        viewer = find_viewer(person.account, choice=choice, child_id=None)
    assert viewer is not None
    return viewer


def test_a_pupil_reads_their_school_only(cast: Cast) -> None:
    viewer = viewer_of(cast, "ines")
    assert viewer.scope(read_only=True).reads == {cast.lycee.pk}
    assert viewer.is_learner


def test_a_mother_reads_the_schools_of_both_children(cast: Cast) -> None:
    assert viewer_of(cast, "claire").scope(read_only=True).reads == {cast.lycee.pk, cast.college.pk}


def test_a_correspondant_administers_their_school(cast: Cast) -> None:
    assert viewer_of(cast, "m_tessier").administers
    assert not viewer_of(cast, "mme_fabre").administers


def test_the_region_reads_no_school_without_a_visit(cast: Cast) -> None:
    viewer = viewer_of(cast, "region_officer")
    assert viewer.is_region
    with scope.use(viewer.scope(read_only=True)):
        assert not Membership.objects.exists()
        assert not Person.objects.filter(pk=cast.ines.pk).exists()


def test_a_pupil_of_another_school_is_not_even_a_row(cast: Cast) -> None:
    with scope.use(viewer_of(cast, "karim").scope(read_only=True)):
        assert not Person.objects.filter(pk=cast.ines.pk).exists()
        assert Person.objects.filter(pk=cast.sofia.pk).exists()


def test_staff_who_left_keep_nothing_of_their_office_in_their_grace_period(cast: Cast) -> None:
    for name in ("mme_dupont", "m_tessier", "mme_fabre"):
        leave(cast, name)
        viewer = viewer_of(cast, name)
        assert not viewer.is_staff
        assert not viewer.administers
        assert not viewer.profile
        assert cast.signed_in(name).get("/").status_code == 200


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("mme_dupont", "/administration/journal/"),
        ("mme_dupont", "/administration/delegations/donner/"),
        ("m_tessier", "/administration/comptes/"),
        ("mme_fabre", "/classes/"),
    ],
)
def test_the_pages_of_an_office_close_the_day_after_it_ends(cast: Cast, name: str, path: str) -> None:
    assert cast.signed_in(name).get(path).status_code == 200
    leave(cast, name)
    assert cast.signed_in(name).get(path).status_code == 403


def test_a_headmistress_who_left_reads_no_pupil(cast: Cast) -> None:
    leave(cast, "mme_dupont")
    assert cast.signed_in("mme_dupont").get(f"/annuaire/{cast.ines.pk}/").status_code == 404


def test_who_left_a_school_for_another_lands_in_the_other(cast: Cast) -> None:
    leave(cast, "mme_fabre")
    with scope.use(scope.EVERYTHING):
        Membership.objects.create(
            person=cast.mme_fabre, school=cast.college, profile=Profile.TEACHER, starts=timezone.localdate()
        )
    assert viewer_of(cast, "mme_fabre").school == cast.college


def test_a_correspondant_administers_nothing_as_a_parent(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        here, _elsewhere = (
            Membership.objects.create(person=cast.m_tessier, school=school, profile=Profile.GUARDIAN, starts=STARTS)
            for school in (cast.college, cast.lycee)
        )
    viewer = viewer_of(cast, "m_tessier", f"m{here.pk}")
    assert not viewer.administers
    client = cast.signed_in("m_tessier")
    client.post("/changer/", {"choix": f"m{here.pk}"})
    assert client.get(f"/annuaire/{cast.noe.pk}/").status_code == 404
    assert client.get("/administration/comptes/").status_code == 403


def test_a_parent_who_works_for_the_region_is_still_of_the_region(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        officer = cast.people["region_officer"]
        here = Membership.objects.create(person=officer, school=cast.college, profile=Profile.GUARDIAN, starts=STARTS)
    assert viewer_of(cast, "region_officer").is_region
    assert cast.signed_in("region_officer").get("/administration/etablissements/").status_code == 200
    as_parent = viewer_of(cast, "region_officer", f"m{here.pk}")
    assert (as_parent.is_region, as_parent.is_guardian, as_parent.administers) == (False, True, False)


def test_a_parent_enters_a_school_for_the_region_too(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        officer = cast.people["region_officer"]
        Membership.objects.create(person=officer, school=cast.college, profile=Profile.GUARDIAN, starts=STARTS)
        visit = SchoolVisit.objects.create(
            person=officer, school=cast.lycee, reason="Essai", expires_at=timezone.now() + timedelta(hours=1)
        )
    viewer = viewer_of(cast, "region_officer", f"v{visit.pk}")
    assert (viewer.school, viewer.administers) == (cast.lycee, True)


def leave(cast: Cast, name: str) -> None:
    """Yesterday was their last day; the three months that follow have begun."""
    today = timezone.localdate()
    with scope.use(scope.EVERYTHING):
        rows = Membership.objects.filter(person=cast.people[name])
        rows.update(ends=today - timedelta(days=1), grace_until=today + timedelta(days=90))
