"""A prepared query gives what the queryset gives, for each argument and in each scope."""

import pytest
from django.db import connection
from django.db.models import QuerySet

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
