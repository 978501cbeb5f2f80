"""What a request knows of its person."""

from ent.directory.models import Membership, Person
from ent.directory.viewer import Viewer, find_viewer
from ent.foundation.schools import scope
from tests.cast import Cast


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
