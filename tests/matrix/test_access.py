"""Every address × every member of the cast. An address without its line in `table.py` fails the suite."""

import io
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ent.core.actors import SYSTEM
from ent.directory.models import SchoolVisit
from ent.foundation.files.actions import store_file
from ent.foundation.files.models import File
from ent.foundation.schools import scope
from ent.foundation.schools.models import CalendarDay, SchoolDay, SchoolYear, Term
from tests.cast import MEMBERS, Cast
from tests.factory import a_row
from tests.matrix.table import TABLE, Line
from tests.test_consistency import INLINE

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def import_file(cast: Cast) -> File:
    """A file that the collège imports."""
    content = io.BytesIO("nom;prénom\nMoreau;Malo\n".encode())
    return store_file(content, name="liste.csv", use="directory.import", school=cast.college, owner=None, by=SYSTEM)


THINGS: dict[str, Callable[[Cast], Model]] = {
    "import_file": import_file,
    "malos_membership": lambda cast: cast.membership("malo"),
    "tessiers_delegation": lambda cast: cast.people["m_tessier"].delegations.get(),
    "visit": lambda cast: a_row(SchoolVisit, cast.college, person=cast.people["region_officer"]),
    "holiday": lambda cast: a_row(CalendarDay, cast.college, region=cast.region),
    "year": lambda cast: SchoolYear.objects.get(school=cast.college),
    "term": lambda cast: a_row(Term, cast.college, year=SchoolYear.objects.get(school=cast.college), number=1),
    "school_day": lambda cast: a_row(SchoolDay, cast.college),
}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address by the name that `reverse` knows."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}", pattern


def methods_of(pattern: URLPattern) -> frozenset[str]:
    methods: frozenset[str] = getattr(pattern.callback, "endpoint_methods", frozenset())
    return methods


def target(cast: Cast, name: str) -> int:
    """The id of the person, the class, the group, the school or the thing that the cast knows by this name."""
    if name in THINGS:
        with scope.use(scope.EVERYTHING):
            return int(THINGS[name](cast).pk)
    known = cast.people | cast.divisions | cast.groups
    return int((known[name] if name in known else getattr(cast, name)).pk)


def url_of(cast: Cast, asked: str) -> str:
    """The address that a line asks for."""
    name, _, targets = asked.partition(" ")
    return reverse(name, args=[target(cast, word.strip()) for word in targets.split(",") if word])


def ask(cast: Cast, member: str, method: str, url: str, line: Line) -> HttpResponse:
    """What this person gets; whatever it changed is undone."""
    with transaction.atomic():
        client = cast.signed_in(member)
        client.raise_request_exception = False
        # A browser always sends the token of the form: what it posts is never empty.
        body = {"data": {"csrfmiddlewaretoken": "…"} | line.body} if method == "POST" else {}
        response: HttpResponse = getattr(client, method.lower())(url, **body)
        transaction.set_rollback(True)
    return response


def test_each_method_of_each_address_has_its_line() -> None:
    written = {tuple(key.split(" ")[:2]) for key in TABLE}
    existing = {(method, name) for name, pattern in addresses() for method in methods_of(pattern) - {"HEAD"}}
    assert existing - written == set(), "addresses without a line"
    assert written - existing == set(), "lines without an address"


def test_each_line_names_the_whole_cast() -> None:
    assert [key for key, line in TABLE.items() if line.statuses.keys() != set(MEMBERS)] == []


@pytest.mark.parametrize("key", TABLE)
def test_each_person_gets_what_the_table_says(key: str, cast: Cast) -> None:
    method, _, asked = key.partition(" ")
    line = TABLE[key]
    url = url_of(cast, asked)
    answers = {member: ask(cast, member, method, url, line) for member in MEMBERS}
    assert {member: answer.status_code for member, answer in answers.items()} == line.statuses
    for member, answer in answers.items():
        if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            assert INLINE.findall(answer.content.decode()) == [], f"inline script or style for {member}"


@pytest.mark.parametrize("key", TABLE)
def test_no_other_method_is_answered(key: str, cast: Cast) -> None:
    asked = key.partition(" ")[2]
    allowed = methods_of(dict(addresses())[asked.partition(" ")[0]])
    url = url_of(cast, asked)
    for method in set(METHODS) - allowed:
        assert ask(cast, "mme_dupont", method, url, TABLE[key]).status_code == 405, method
