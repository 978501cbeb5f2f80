"""Each person finds those they may see, and nobody else, however they spell the name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ent.core.tests.queue import run_jobs
from ent.directory.enums import Profile
from ent.directory.models import Apprenticeship, Enrolment, Guardianship, Membership, Person
from ent.directory.permissions import visible_people
from ent.directory.viewer import Viewer, find_viewer
from ent.foundation.schools import scope
from ent.foundation.search.actions import refresh, refresh_objects, refresh_schools
from ent.foundation.search.models import SearchEntry
from ent.foundation.search.queries import search, words_of
from tests.cast import Cast, _join, _person

Find = Callable[..., list[str]]


@pytest.fixture
def find(cast: Cast) -> Find:
    """`find("ines", "moreau")`: the titles found, of one kind if it is named, the index being in line with the cast."""
    refresh_schools()

    def titles(name: str, text: str, kind: str = "") -> list[str]:
        with as_viewer(cast, name) as viewer:
            groups = [group for group in search(viewer, text) if kind in ("", group.kind)]
            return [result.title for group in groups for result in group.results]

    return titles


class as_viewer:
    """The viewer of a person of the cast, in their scope."""

    def __init__(self, cast: Cast, name: str) -> None:
        self.person = cast.people[name]

    def __enter__(self) -> Viewer:
        self.use = scope.use(scope.Scope(person=self.person.pk))
        self.use.__enter__()
        viewer = find_viewer(self.person.account, choice="", child_id=None)
        assert viewer is not None
        scope.narrow(viewer.scope(read_only=False))
        return viewer

    def __exit__(self, *error: Any) -> None:
        self.use.__exit__(*error)


@pytest.mark.parametrize(
    "text",
    [
        "ines moreau",
        "moreau ines",
        "ines mor",
        "INÈS",
        "Inès  Moreau",
        "mor in",
        "Mureau Ines",
        "inés moro",
        "ines 2de",
    ],
)
def test_a_name_is_found_however_it_is_spelt(find: Find, text: str) -> None:
    assert find("mme_fabre", text) == ["Inès Moreau"]


def test_a_name_mistyped_finds_those_that_look_like_it(find: Find) -> None:
    assert set(find("mme_fabre", "Mureau")) == {"Inès Moreau", "Claire Moreau"}
    assert find("mme_fabre", "Lemère") == ["Julien Lemaire"]
    assert find("mme_fabre", "Elene Fabres") == ["Hélène Fabre"]
    assert find("mme_fabre", "Durant") == []


@pytest.mark.parametrize("text", ["", "   ", "'", "-- ;", "!!", ":*", "zzzz", "xq"])
def test_what_means_nothing_finds_nothing(find: Find, text: str) -> None:
    assert find("mme_fabre", text) == []


def test_a_text_of_the_search_language_is_only_a_text(find: Find) -> None:
    assert find("mme_fabre", "ines & !moreau | (x:*") == []
    assert find("mme_fabre", "ines & moreau") == ["Inès Moreau"]


def test_the_fuller_match_comes_first(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        for first, last in (("Inès", "Moreau-Lambert"), ("Moreau", "Inesque")):
            _join(_person(cast, last, "", first, last), cast.lycee, Profile.PUPIL)
        refresh("people", [cast.lycee.pk])
    assert find("mme_fabre", "ines moreau") == ["Inès Moreau", "Inès Moreau-Lambert", "Moreau Inesque"]


def test_teachers_are_found_by_what_they_teach_in_any_form(find: Find) -> None:
    for text in ("mathématiques", "mathematique", "maths", "fabre math"):
        assert "Hélène Fabre" in find("ines", text), text


def test_divisions_and_groups_are_found_by_those_who_see_them(find: Find) -> None:
    assert "2de 4" in find("mme_fabre", "2de")
    assert "2de 4" in find("mme_fabre", "2de4")
    assert "Maths, groupe 1" in find("mme_fabre", "groupe maths")
    assert find("ines", "2de", "divisions") == ["2de 4"]
    assert find("claire", "2de", "divisions") == ["2de 4"]
    assert find("noe", "2de 4", "divisions") == []


def test_staff_find_everybody_in_their_school_and_nobody_elsewhere(find: Find) -> None:
    assert find("mme_fabre", "claire moreau") == ["Claire Moreau"]
    assert find("m_lemaire", "blin") == ["Noé Blin"]
    assert find("mme_fabre", "malo") == []
    assert find("m_tessier", "malo") == ["Malo Moreau"]


def test_a_pupil_finds_the_staff_and_those_of_their_division(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        _join(_person(cast, "zoe", "", "Zoé", "Petit"), cast.lycee, Profile.PUPIL, division=cast.divisions["2de 4"])
        refresh("people", [cast.lycee.pk])
    assert find("ines", "zoe petit") == ["Zoé Petit"]
    assert find("ines", "dupont") == ["Anne Dupont"]
    assert find("ines", "noe blin") == []
    assert find("ines", "claire") == []


def test_a_pupil_finds_those_of_their_groups(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        noe = cast.membership("noe")
        Enrolment.objects.create(school=cast.lycee, membership=noe, group=cast.groups["2DE4GR1"], starts="2026-09-01")
        refresh_objects("people", [cast.noe.pk])
    assert find("ines", "noe blin") == ["Noé Blin"]


def test_a_guardian_finds_their_children_and_their_schools_staff_only(find: Find) -> None:
    assert set(find("claire", "moreau")) == {"Claire Moreau", "Inès Moreau", "Malo Moreau"}
    assert find("claire", "tessier") == ["Marc Tessier"]
    assert find("claire", "noe") == []
    assert find("claire", "benali") == []


def test_a_master_finds_their_apprentices_and_the_cfa(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        _join(_person(cast, "master", "M.", "Paul", "Boulanger"), cast.cfa, Profile.MASTER)
        _join(_person(cast, "other", "", "Lucas", "Autre"), cast.cfa, Profile.APPRENTICE)
        _join(_person(cast, "trainer", "Mme", "Lucie", "Formatrice"), cast.cfa, Profile.TEACHER)
        Apprenticeship.objects.create(
            school=cast.cfa,
            apprentice=cast.membership("lucas"),
            master=cast.membership("master"),
            company="Fournil",
            starts="2026-09-01",
        )
        refresh("people", [cast.cfa.pk])
    assert find("master", "luc") == ["Lucas Perrin", "Lucie Formatrice"]


def test_a_teacher_who_is_a_parent_is_shown_to_pupils_as_a_teacher(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        _join(cast.mme_fabre, cast.lycee, Profile.GUARDIAN)
        refresh_objects("people", [cast.mme_fabre.pk])
        assert SearchEntry.objects.get(kind="people", object_id=cast.mme_fabre.pk).subtitle == "Enseignante"


def test_the_headmistress_is_called_as_one_says_it(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=cast.people["mme_dupont"]).update(function="CHEF D'ETABLISSEMENT")
        refresh("people", [cast.lycee.pk])
    with as_viewer(cast, "mme_fabre") as viewer:
        [people] = search(viewer, "dupont")
    assert [result.subtitle for result in people.results] == ["Proviseure"]


def test_the_region_finds_schools_and_no_one(find: Find) -> None:
    assert find("region_officer", "jeanne tours") == ["Lycée Jeanne-de-Touraine"]
    assert find("region_officer", "0379904P") == ["CFA des Deux-Rives"]
    assert find("region_officer", "moreau") == []
    assert find("mme_fabre", "jeanne") == []


def test_a_stale_index_shows_no_one_who_may_no_longer_be_seen(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(guardian=cast.claire, pupil=cast.malo).delete()
    assert find("claire", "malo") == []


def test_who_has_left_is_no_longer_found_from_the_next_night_on(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        yesterday = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(person=cast.noe).update(ends=yesterday)
        assert SearchEntry.objects.filter(kind="people", object_id=cast.noe.pk).exists()
        refresh_schools()
        assert not SearchEntry.objects.filter(kind="people", object_id=cast.noe.pk).exists()


def test_refreshing_again_writes_nothing(find: Find, cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        assert refresh("people") == 0
        Person.objects.filter(pk=cast.ines.pk).update(last_name="Moreau-Roy")
        assert refresh_objects("people", [cast.ines.pk, cast.noe.pk]) == 1
    assert find("mme_fabre", "roy") == ["Inès Moreau-Roy"]


@pytest.mark.parametrize("name", ["mme_fabre", "ines", "noe", "claire", "karim", "lucas", "m_tessier"])
def test_the_index_finds_exactly_the_people_the_directory_shows(find: Find, cast: Cast, name: str) -> None:
    with as_viewer(cast, name) as viewer:
        for person in cast.people.values():
            shown = visible_people(viewer).filter(pk=person.pk).exists()
            assert (person.full_name in find(name, person.full_name)) == shown, person.full_name


def test_the_words_of_python_and_postgresql_are_the_same(cast: Cast) -> None:
    for text in ("Inès Moreau", "L’Œuvre d’Ægir", "Saint-Étienne  (37)", "Çelik Ñandú", "2de_4"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT ent_plain(%s)", [text])
            assert " ".join(words_of(text)) == cursor.fetchone()[0]


def test_a_search_costs_the_same_few_queries_whatever_it_finds(
    find: Find, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    with as_viewer(cast, "ines") as viewer, django_assert_max_num_queries(4):
        assert len(search(viewer, "mo")) >= 1


def test_the_search_page_of_a_school_never_reads_another_s_rows(find: Find, cast: Cast) -> None:
    with scope.use(scope.of_school(cast.lycee.pk)), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT school_id FROM search_searchentry")
        assert cursor.fetchall() == [(cast.lycee.pk,)]


def test_the_nightly_job_covers_every_school(cast: Cast) -> None:
    from ent.core.jobs import enqueue

    enqueue("search.refresh_all")
    run_jobs()
    with scope.use(scope.EVERYTHING):
        assert SearchEntry.objects.values("school").distinct().count() == 4
