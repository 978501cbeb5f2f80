"""Querysets compiled once, here and in PostgreSQL. From one request to the next only the parameters of a query change,
not its text: the pages that everyone opens all day need not build it again (half of what such a page costs), nor need
PostgreSQL plan it again (row security makes planning dearer than running).

    @prepared
    def _children(guardian: int) -> QuerySet[Guardianship]:
        return Guardianship.objects.filter(guardian=guardian).select_related("pupil")

    rows = _children(guardian=viewer.person.pk)  # a list
"""

import inspect
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, ForeignKey, Lookup, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

_building: ContextVar[bool] = ContextVar("building", default=False)
_shapes: list[Callable[[], Hashable]] = []


def vary_by(shape: Callable[[], Hashable]) -> None:
    """Compile each query once for each answer of `shape`, on which its text depends."""
    _shapes.append(shape)


def building() -> bool:
    """Whether a query is being prepared: what it depends on must then be a `Parameter`."""
    return _building.get()


class Parameter(Expression):
    """Stands for a value known at each run: an argument of the prepared function, or what `ask` answers then."""

    def __init__(self, name: str, ask: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self.name = name
        self.ask = ask

    def resolve_expression(self, *args: Any, **kwargs: Any) -> "Parameter":
        return self

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def value(self, arguments: dict[str, Any]) -> Any:
        return self.ask() if self.ask else arguments[self.name]


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`field__any=[…]`, for ids: one of the list. Its text does not depend on the list's length."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} = ANY ({right}::bigint[])", (*left_parameters, *right_parameters)


@dataclass(frozen=True)
class _Plan:
    sql: str
    parameters: list[Any]
    compiler: Any
    converters: Any

    def objects(self, rows: list[Any]) -> list[Any]:
        if self.converters:
            rows = list(self.compiler.apply_converters(rows, self.converters))
        return [self._object(row) for row in rows]

    def _object(self, row: Any) -> Any:
        model, names, start, end, related, annotations = self._shape
        found = _loaded(model, names, row[start:end])
        for name, position in annotations:
            setattr(found, name, row[position])
        for populator in related:
            _populate(populator, row, found)
        return found

    @cached_property
    def _shape(self) -> tuple[Any, list[str], int, int, list[Any], list[tuple[str, int]]]:
        chosen, select = self.compiler.klass_info, self.compiler.select
        start, end = chosen["select_fields"][0], chosen["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[start:end]]
        related = get_related_populators(chosen, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # Django 6's stub
        return chosen["model"], names, start, end, related, list(self.compiler.annotation_col_map.items())


def _loaded(model: type[M], names: Iterable[str], values: Iterable[Any]) -> M:
    """What `Model.from_db` gives, without its signals nor `__init__`: half the cost of a page's objects."""
    found = object.__new__(model)
    found._state = ModelState()
    found._state.adding, found._state.db = False, DEFAULT_DB_ALIAS
    found.__dict__.update(zip(names, values, strict=True))
    return found


def _populate(populator: Any, row: Any, source: Any) -> None:
    """As Django's `RelatedPopulator.populate` does for `select_related`."""
    in_order = populator.reorder_for_init
    values = in_order(row) if in_order else row[populator.cols_start : populator.cols_end]
    if values[populator.pk_idx] is None:
        populator.local_setter(source, None)
        return
    found = _loaded(populator.model_cls, populator.init_list, values)
    for related in populator.related_populators:
        _populate(related, row, found)
    populator.local_setter(source, found)
    populator.remote_setter(found, source)


class Prepared(Generic[M]):
    """A query function whose queryset is compiled at its first call; a call gives the list of its objects.

    The queryset must have the same shape whatever the arguments, and no prefetch.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self.build = build
        self._plans: dict[tuple[Hashable, ...], _Plan] = {}
        self.__doc__ = build.__doc__

    def __call__(self, **arguments: Any) -> list[M]:
        plan = self._plan(tuple(shape() for shape in _shapes))
        values = [p.value(arguments) if isinstance(p, Parameter) else p for p in plan.parameters]
        with _cursor() as cursor:
            cursor.execute(plan.sql, values)
            return plan.objects(cursor.fetchall())

    def _plan(self, shape: tuple[Hashable, ...]) -> _Plan:
        if shape not in self._plans:
            self._plans[shape] = self._compiled()
        return self._plans[shape]

    def _compiled(self) -> _Plan:
        token = _building.set(True)
        try:
            query = self.build(**{name: Parameter(name) for name in inspect.signature(self.build).parameters}).query
            compiler = query.get_compiler(DEFAULT_DB_ALIAS)
            sql, parameters = compiler.as_sql()
        finally:
            _building.reset(token)
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return _Plan(sql, list(parameters), compiler, compiler.get_converters(columns))


class PreparingCursor(ServerBindingCursor):
    """Has PostgreSQL keep the plan of each statement, by connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{**options, "prepare": True})  # type: ignore[misc]


def _cursor() -> Any:
    if not settings.PREPARED_STATEMENTS:
        return connection.cursor()
    connection.ensure_connection()
    # As `connection.cursor()` does, with another cursor: counting and wrapping of queries keep working.
    return connection._prepare_cursor(PreparingCursor(connection.connection))  # type: ignore[attr-defined, call-arg]


def row(sql: str, parameters: Sequence[Any]) -> tuple[Any, ...]:
    """The one row of a statement in SQL that every page asks."""
    with _cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def prepared(build: Callable[..., QuerySet[M]]) -> Prepared[M]:
    """Declare a prepared query (see this module)."""
    return Prepared(build)
