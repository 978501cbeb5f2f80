"""What PostgreSQL itself refuses: for each table under row-level security, raw SQL from another school gets nothing."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, models, transaction
from django.db.backends.utils import CursorWrapper

from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.foundation.schools.policies import secured_models, service_role
from tests.factory import a_row, a_school

pytestmark = pytest.mark.django_db

SECURED = sorted(secured_models(), key=lambda model: model._meta.label)
LABELS = [model._meta.label for model in SECURED]

# Tables that no school reads, only system jobs: the reason of each.
SYSTEM_ONLY = {
    "access.ServiceClosure": "looked at before anybody is signed in, and by the region's page",
    "audit.Seal": "the chain over the whole journal, read by its verification",
    "audit.SealingKey": "the key of the chain",
    "audit.Unsealed": "the queue of records to seal",
    "notifications.Delivery": "what left by which channel, kept by the jobs that send",
    "federation.ServiceKey": "the service's own keys, read where a provider is asked or answers",
    "federation.SpentOnce": "what has served once, before anybody is signed in",
    "signin.AskedLink": "counted before anybody is signed in",
    "signin.LinkRequest": "what somebody typed, until a job has answered",
    "signin.MailedLink": "opened by its token, before anybody is signed in",
    "directory.StagedEntry": "an import's reading of the académie's files, before any school is told",
    "directory.StagedPerson": "the same",
    "directory.StagedPresence": "the same",
    "directory.StagedAccount": "the same",
    "directory.SourceEntry": "the last state of each entry of the académie's files, for imports alone",
}
# Tables to which any scope may add a row about another school: the reason of each.
OPEN_TO_ADDITIONS = {
    "audit.Record": "whoever acts leaves a record, wherever the act is; nobody changes or removes one",
}


class Neighbours:
    """A row of one school, and the scopes from which it is tried."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.table = connection.ops.quote_name(model._meta.db_table)
        with scope.use(scope.EVERYTHING):
            self.here, self.there = a_school("Ici"), a_school("Là-bas")
            self.row = a_row(model, self.here)
            # The neighbour has a row of its own: it sees something, and not because it sees everything.
            self.other = a_row(model, self.there)
        own = self.scope_of(self.here, self.row)
        self.own = scope.EVERYTHING if model._meta.label in SYSTEM_ONLY else own
        self.elsewhere = self.scope_of(self.there, self.other)

    @staticmethod
    def scope_of(school: School, row: models.Model) -> scope.Scope:
        """What a request from this school has; where rows belong to an account, what their account has."""
        return scope.Scope(frozenset({school.pk}), writes=school.pk, account=getattr(row, "account_id", None))

    def run(self, where: scope.Scope, sql: str, *values: object) -> int:
        """How many rows the statement touched."""
        with scope.use(where), connection.cursor() as cursor:
            cursor.execute(sql.format(table=self.table), values)
            return cursor.rowcount

    def seen(self, where: scope.Scope, row: models.Model) -> int:
        with scope.use(where), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} WHERE {self.key} = %s", [row.pk])
            return int(cursor.fetchone()[0])

    @property
    def key(self) -> str:
        return connection.ops.quote_name(self.model._meta.pk.column)

    def columns(self) -> dict[str, object]:
        """The row as the table holds it, without what the table itself fills."""
        with scope.use(scope.EVERYTHING), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self.table} WHERE {self.key} = %s", [self.row.pk])
            names = [column.name for column in cursor.description]
            values = dict(zip(names, cursor.fetchone(), strict=True))
        filled = (models.AutoField, models.GeneratedField)
        return {str(f.column): values[f.column] for f in self.model._meta.concrete_fields if not isinstance(f, filled)}


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(ProgrammingError, match=reason), transaction.atomic():
        yield


@pytest.fixture(params=SECURED, ids=LABELS)
def neighbours(request: pytest.FixtureRequest, db: None) -> Neighbours:
    return Neighbours(request.param)


def test_a_school_reads_its_row_and_another_does_not(neighbours: Neighbours) -> None:
    assert neighbours.seen(neighbours.own, neighbours.row) == 1
    assert neighbours.seen(neighbours.elsewhere, neighbours.row) == 0
    assert neighbours.seen(scope.Scope(), neighbours.row) == 0


def test_another_school_changes_and_removes_nothing(neighbours: Neighbours) -> None:
    key = neighbours.key
    update = f"UPDATE {{table}} SET {key} = {key} WHERE {key} = %s"
    delete = f"DELETE FROM {{table}} WHERE {key} = %s"
    if getattr(neighbours.model, "append_only", False):
        for sql in (update, delete):
            with refused("permission denied"):
                neighbours.run(neighbours.elsewhere, sql, neighbours.row.pk)
    else:
        assert neighbours.run(neighbours.elsewhere, update, neighbours.row.pk) == 0
        assert neighbours.run(neighbours.elsewhere, delete, neighbours.row.pk) == 0
        assert neighbours.run(scope.EVERYTHING, update, neighbours.row.pk) == 1
    assert neighbours.seen(scope.EVERYTHING, neighbours.row) == 1


def test_another_school_adds_nothing(neighbours: Neighbours) -> None:
    values = neighbours.columns()
    names = ", ".join(map(connection.ops.quote_name, values))
    marks = ", ".join(["%s"] * len(values))
    insert = f"INSERT INTO {{table}} ({names}) VALUES ({marks})"
    if neighbours.model._meta.label in OPEN_TO_ADDITIONS:
        assert neighbours.run(neighbours.elsewhere, insert, *values.values()) == 1
    else:
        with refused("row-level security"):
            neighbours.run(neighbours.elsewhere, insert, *values.values())


@pytest.mark.parametrize("model", SECURED, ids=LABELS)
def test_the_table_is_under_its_four_policies(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT cmd FROM pg_policies WHERE tablename = %s ORDER BY cmd", [model._meta.db_table])
        assert [row[0] for row in cursor.fetchall()] == ["DELETE", "INSERT", "SELECT", "UPDATE"]


class TestTheServiceRole:
    """The role under which requests and jobs run."""

    @pytest.fixture
    def cursor(self) -> Iterator[CursorWrapper]:
        with connection.cursor() as cursor:
            yield cursor

    def test_tests_connect_as_it(self, cursor: CursorWrapper) -> None:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (service_role(), service_role())

    def test_it_has_no_privilege_over_others(self, cursor: CursorWrapper) -> None:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
            " WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False,) * 5
        cursor.execute("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole")
        assert cursor.fetchone() == (0,)

    def test_it_owns_nothing(self, cursor: CursorWrapper) -> None:
        for catalogue, owner in (
            ("pg_class", "relowner"),
            ("pg_proc", "proowner"),
            ("pg_namespace", "nspowner"),
            ("pg_database", "datdba"),
        ):
            cursor.execute(f"SELECT count(*) FROM {catalogue} WHERE {owner} = current_user::regrole")
            assert cursor.fetchone() == (0,), catalogue

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE schools_schoolday DISABLE ROW LEVEL SECURITY",
            "DROP POLICY ent_select ON schools_schoolday",
            "TRUNCATE schools_schoolday CASCADE",
            "SET ROLE postgres",
        ],
    )
    def test_it_creates_and_unlocks_nothing(self, cursor: CursorWrapper, statement: str) -> None:
        with refused("permission denied|must be owner"):
            cursor.execute(statement)


def test_schools_made_for_these_tests_have_valid_numbers(everything: None) -> None:
    school = a_school()
    school.full_clean()
    assert School.objects.filter(pk=school.pk).exists()


def test_the_server_is_one_that_the_product_knows() -> None:
    """CI runs the suite on two versions of PostgreSQL: each time it must be the one it names."""
    named = re.match(r"/usr/lib/postgresql/(\d+)/", os.environ.get("ENT_POSTGRES_BIN", ""))
    version: int = connection.pg_version // 10_000  # type: ignore[attr-defined]
    assert version >= 15
    assert named is None or version == int(named[1])
