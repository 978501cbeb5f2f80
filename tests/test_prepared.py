"""A prepared query gives what the queryset gives, for each argument and in each scope."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.signals import post_init, pre_init

from ent.core.prepared import prepared
from ent.directory.models import Enrolment, Membership
from ent.foundation.schools import scope
from tests.cast import Cast


@prepared
def _places(people: list[int]) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(membership__person__any=people).select_related("membership__person", "division")
    return rows.order_by("pk")


def test_it_gives_the_objects_of_the_queryset_with_what_they_are_linked_to(cast: Cast) -> None:
    with scope.use(scope.of_school(cast.lycee.pk)):
        rows = _places(people=[cast.ines.pk])
        assert rows == list(Enrolment.objects.filter(membership__person=cast.ines).order_by("pk"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection, "cursor", None)
            assert {row.membership.person for row in rows} == {cast.ines}
            assert rows[0].division == cast.divisions["2de 4"]


def test_its_objects_hold_what_those_of_the_queryset_hold(cast: Cast) -> None:
    with scope.use(scope.of_school(cast.lycee.pk)):
        [row] = [row for row in _places(people=[cast.ines.pk]) if row.division]
        same = Enrolment.objects.select_related("membership__person", "division").get(pk=row.pk)
        for ours, theirs in ((row, same), (row.membership.person, same.membership.person)):
            assert {name: value for name, value in vars(ours).items() if name != "_state"} == {
                name: value for name, value in vars(theirs).items() if name != "_state"
            }
            assert (ours._state.adding, ours._state.db) == (theirs._state.adding, theirs._state.db)
        row.save()


def test_no_model_does_anything_as_it_is_made_that_a_prepared_query_would_skip() -> None:
    """Its objects are filled without `__init__`, `from_db` nor signals."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("ent.")]
    assert ours
    for model in ours:
        assert model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
        assert model.__init__ is Model.__init__
        assert not pre_init.has_listeners(model)
        assert not post_init.has_listeners(model)


def test_a_link_to_nothing_is_none_and_what_was_left_out_is_read_when_asked(cast: Cast) -> None:
    @prepared
    def enrolments(membership: int) -> QuerySet[Enrolment]:
        rows = Enrolment.objects.filter(membership=membership, group__isnull=True).select_related("group", "membership")
        return rows.defer("membership__profile")

    with scope.use(scope.of_school(cast.lycee.pk)):
        [row] = enrolments(membership=cast.membership("ines").pk)
        assert row.group is None
        assert "profile" not in vars(row.membership)
        assert row.membership.profile == cast.membership("ines").profile


def test_it_follows_its_arguments_and_the_scope_of_each_call(cast: Cast) -> None:
    everybody = [cast.ines.pk, cast.malo.pk]
    with scope.use(scope.of_school(cast.lycee.pk)):
        assert {row.school_id for row in _places(people=everybody)} == {cast.lycee.pk}
        assert _places(people=[]) == []
    with scope.use(scope.of_school(cast.college.pk)):
        assert {row.school_id for row in _places(people=everybody)} == {cast.college.pk}
    with scope.use(scope.EVERYTHING):
        assert {row.school_id for row in _places(people=everybody)} == {cast.lycee.pk, cast.college.pk}


def test_it_is_refused_outside_a_scope(cast: Cast) -> None:
    with pytest.raises(scope.ScopeMissing):
        _places(people=[cast.ines.pk])


def test_it_opens_what_is_sealed(cast: Cast) -> None:
    @prepared
    def memberships(person: int) -> QuerySet[Membership]:
        return Membership.objects.filter(person=person).select_related("person")

    with scope.use(scope.of_school(cast.lycee.pk)):
        assert memberships(person=cast.ines.pk)[0].person.contact == {"mobile": "06 39 98 10 10", "city": "Tours"}
