"""The scope: which schools' rows may be read, and in which one school rows are written.

It lives twice: in a context variable, which `SchoolOwned` managers ask, and in transaction-local settings of
PostgreSQL, which row-level security asks. Transaction-local, so a transaction-pooling proxy never mixes two people.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction

from ent.core.prepared import row

# What a page adds. Its prepared queries are planned once, also those that take a list of ids, which PostgreSQL would
# plan anew each time: under row security that costs several times their running. Their rows are in memory or on a disk
# without heads: fetching a few by an index is right where reading a table in order is thought cheaper.
READING = {"transaction_read_only": "on", "plan_cache_mode": "force_generic_plan", "random_page_cost": "1.1"}


class ScopeMissing(RuntimeError):
    """A school's rows were asked for outside any scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`reads`: ids of the readable schools; `writes`: the one written in; `everything`: imports and system jobs."""

    reads: frozenset[int] = frozenset()
    writes: int | None = None
    person: int | None = None
    account: int | None = None
    region: bool = False
    everything: bool = False
    read_only: bool = False

    def settings(self) -> dict[str, str]:
        """What PostgreSQL is told. A transaction that was made read-only stays so: it is only ever set to on."""
        return {
            "ent.schools": ",".join(map(str, sorted(self.reads))),
            "ent.write_school": str(self.writes or ""),
            "ent.person": str(self.person or ""),
            "ent.account": str(self.account or ""),
            "ent.region": "on" if self.region else "",
            "ent.everything": "on" if self.everything else "",
            **(READING if self.read_only else {}),
        }


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope:
    """The scope in force. Raises `ScopeMissing`."""
    scope = _current.get()
    if scope is None:
        raise ScopeMissing("A school’s rows are read and written inside a scope: see ent.foundation.schools.scope.")
    return scope


def is_set() -> bool:
    return _current.get() is not None


@contextmanager
def use(scope: Scope) -> Iterator[None]:
    """Run the block in one transaction inside `scope`; the scope around it, if any, is in force again after."""
    outer = _current.get()
    nested = connection.in_atomic_block
    if nested and scope == outer:
        # Already there: nothing to tell PostgreSQL, on the way in or out.
        yield
        return
    with transaction.atomic():
        _tell(scope, (outer or Scope()) if nested else Scope())
        token = _current.set(scope)
        try:
            yield
        finally:
            _current.reset(token)
    # A rollback restores the settings by itself; a nested block that succeeds leaves them to the transaction around it.
    if nested:
        _tell(outer or Scope(), scope)


def narrow(scope: Scope) -> None:
    """Replace the scope inside the current block (a request learns its person's schools on the way)."""
    _tell(scope, current())
    _current.set(scope)


def of_school(school_id: int, *, person: int | None = None) -> Scope:
    """Read and write in one school."""
    return Scope(reads=frozenset({school_id}), writes=school_id, person=person)


def of_schools(school_ids: Iterable[int], *, writes: int | None = None, person: int | None = None) -> Scope:
    return Scope(reads=frozenset(school_ids), writes=writes, person=person)


EVERYTHING = Scope(everything=True, region=True)


def _tell(scope: Scope, known: Scope) -> None:
    """Set what differs from the scope that PostgreSQL knows in this transaction."""
    before = known.settings()
    changed = [(name, value) for name, value in scope.settings().items() if before.get(name, "") != value]
    if changed:
        calls = ", ".join("set_config(%s, %s, true)" for _ in changed)
        row(f"SELECT {calls}", [part for pair in changed for part in pair])
