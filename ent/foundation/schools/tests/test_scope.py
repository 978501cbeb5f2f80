"""One school never sees another's rows, in Python and in PostgreSQL."""

import pytest
from django.db import ProgrammingError, connection, transaction

from ent.foundation.schools import scope
from ent.foundation.schools.models import Region, School, SchoolDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_schools() -> tuple[School, School]:
    region = Region.objects.create(name="Centre-Val de Loire", academy_code="18")
    here = School.objects.create(region=region, uai="0379901L", name="Ici")
    there = School.objects.create(region=region, uai="0379902M", name="Là-bas")
    for school in (here, there):
        with scope.use(scope.of_school(school.pk)):
            SchoolDay.objects.create(school=school, label="Fermeture", starts="2026-11-24", ends="2026-11-24")
    return here, there


def test_an_unscoped_query_is_refused(two_schools: tuple[School, School]) -> None:
    with pytest.raises(scope.ScopeMissing):
        list(SchoolDay.objects.all())


def test_a_school_sees_its_own_rows_only(two_schools: tuple[School, School]) -> None:
    here, _ = two_schools
    with scope.use(scope.of_school(here.pk)):
        assert [day.school_id for day in SchoolDay.objects.all()] == [here.pk]


def test_raw_sql_from_another_school_reads_nothing(two_schools: tuple[School, School]) -> None:
    here, there = two_schools
    with scope.use(scope.of_school(here.pk)), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM schools_schoolday WHERE school_id = %s", [there.pk])
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE schools_schoolday SET label = 'pris' WHERE school_id = %s", [there.pk])
        assert cursor.rowcount == 0


def test_raw_sql_cannot_write_into_another_school(two_schools: tuple[School, School]) -> None:
    here, there = two_schools
    with (
        scope.use(scope.of_school(here.pk)),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        cursor.execute(
            "INSERT INTO schools_schoolday (school_id, kind, label, starts, ends)"
            " VALUES (%s, 'fermeture', 'x', '2026-11-24', '2026-11-24')",
            [there.pk],
        )


def test_no_scope_means_no_rows_even_in_raw_sql(two_schools: tuple[School, School]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM schools_schoolday")
        assert cursor.fetchone() == (0,)


def test_a_reading_scope_cannot_write(two_schools: tuple[School, School]) -> None:
    here, _ = two_schools
    reading = scope.Scope(reads=frozenset({here.pk}), writes=here.pk, read_only=True)
    with pytest.raises(Exception, match="read-only"), scope.use(reading):
        SchoolDay.objects.create(school=here, label="x", starts="2026-11-24", ends="2026-11-24")
