"""Every address × every member of the cast. An address without its line in `table.py` fails the suite."""

import io
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ent.core.actors import SYSTEM
from ent.directory.enums import RunState, Source
from ent.directory.models import ImportRun, SchoolVisit
from ent.foundation.files.actions import store_file
from ent.foundation.files.models import File
from ent.foundation.schools import scope
from ent.foundation.schools.models import CalendarDay, SchoolDay, SchoolYear, Term
from ent.identity.access.models import Closure
from ent.identity.federation.models import ExternalIdentity
from ent.identity.secondfactor.models import SecondFactor
from ent.identity.signin.actions.links import mail_link
from ent.identity.signin.queries.links import token_of
from tests.cast import MEMBERS, Cast
from tests.factory import a_row
from tests.matrix.table import TABLE
from tests.providers import keys_named, oidc, oidc_provider, saml_provider
from tests.test_consistency import INLINE

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def import_file(cast: Cast) -> File:
    """A file that the collège imports."""
    content = io.BytesIO("nom;prénom\nMoreau;Malo\n".encode())
    return store_file(content, name="liste.csv", use="directory.import", school=cast.college, owner=None, by=SYSTEM)


def region_run(cast: Cast) -> ImportRun:
    """An import of the académie's files, that waits for the region's agreement."""
    return ImportRun.objects.create(kind=Source.AAF, label="Nuit du 23", state=RunState.PREVIEWED, asked_by="Région")


def college_run(cast: Cast) -> ImportRun:
    """A CSV file that the collège has sent, whose columns are to be named."""
    return ImportRun.objects.create(
        kind=Source.CSV, label="liste.csv", school=cast.college, upload=import_file(cast), asked_by="Marc Tessier"
    )


def recovery_link(cast: Cast) -> str:
    """What Claire received by mail, having forgotten her password."""
    return token_of(mail_link(cast.people["claire"].account, "claire@ent.example", "recovery", by=SYSTEM))


def activation_link(cast: Cast) -> str:
    """What Claire received by mail to open her account."""
    return token_of(mail_link(cast.people["claire"].account, "claire@ent.example", "activation", by=SYSTEM))


def address_link(cast: Cast) -> str:
    """What Lucas received at the address by which he wants to come back in."""
    return token_of(mail_link(cast.people["lucas"].account, "lucas@ent.example", "address", by=SYSTEM))


def educonnect(cast: Cast) -> str:
    """A provider that is open."""
    return saml_provider().slug


def academie(cast: Cast) -> str:
    """Another, which speaks OpenID Connect."""
    asked = {"client_id": "mon-ent", "client_secret": "x", "redirect_uri": ""}
    return oidc_provider(oidc.Provider("https://idp.example/academie", keys_named("idp"), **asked)).slug


THINGS: dict[str, Callable[[Cast], Model | str]] = {
    "import_file": import_file,
    "region_run": region_run,
    "college_run": college_run,
    "educonnect": educonnect,
    "academie": academie,
    "college_uai": lambda cast: cast.college.uai,
    "pupils_family": lambda cast: "eleves",
    "fabres_identity": lambda cast: a_row(ExternalIdentity, cast.lycee, account=cast.people["mme_fabre"].account),
    "activation_link": activation_link,
    "address_link": address_link,
    "recovery_link": recovery_link,
    "fabres_factor": lambda cast: a_row(SecondFactor, cast.lycee, account=cast.people["mme_fabre"].account),
    "malos_membership": lambda cast: cast.membership("malo"),
    "tessiers_delegation": lambda cast: cast.people["m_tessier"].delegations.get(),
    "college_closure": lambda cast: a_row(Closure, cast.college, families=["eleves"]),
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


def target(cast: Cast, name: str) -> int | str:
    """The id of the person, the class, the group, the school or the thing that the cast knows by this name; what a
    thing is reached by, where it is not its id."""
    if name in THINGS:
        with scope.use(scope.EVERYTHING):
            found = THINGS[name](cast)
            return found if isinstance(found, str) else int(found.pk)
    known = cast.people | cast.divisions | cast.groups
    return int((known[name] if name in known else getattr(cast, name)).pk)


def url_of(cast: Cast, asked: str) -> str:
    """The address that a line asks for."""
    name, _, targets = asked.partition(" ")
    return reverse(name, args=[target(cast, word.strip()) for word in targets.split(",") if word])


Faces = dict[str, Client]


@pytest.fixture
def faces(cast: Cast) -> Faces:
    """Everyone at their browser."""
    return {member: cast.signed_in(member) for member in MEMBERS}


def ask(client: Client, method: str, url: str, body: dict[str, Any] | None = None) -> HttpResponse:
    """What this person gets; whatever it changed is undone, in the database and in their browser."""
    cookies = copy(client.cookies)
    client.raise_request_exception = False
    # A browser always sends the token of the form: what it posts is never empty.
    data = {"data": {"csrfmiddlewaretoken": "…"} | (body or {})} if method == "POST" else {}
    with transaction.atomic():
        response: HttpResponse = getattr(client, method.lower())(url, **data)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def answers(cast: Cast, faces: Faces, key: str) -> dict[str, HttpResponse]:
    """What each of the cast gets by one line of the table."""
    method, _, asked = key.partition(" ")
    with transaction.atomic():
        url = url_of(cast, asked)
        given = {member: ask(client, method, url, TABLE[key].body) for member, client in faces.items()}
        transaction.set_rollback(True)
    return given


def test_each_method_of_each_address_has_its_line() -> None:
    written = {tuple(key.split(" ")[:2]) for key in TABLE}
    existing = {(method, name) for name, pattern in addresses() for method in methods_of(pattern) - {"HEAD"}}
    assert existing - written == set(), "addresses without a line"
    assert written - existing == set(), "lines without an address"


def test_each_line_names_the_whole_cast() -> None:
    assert [key for key, line in TABLE.items() if line.statuses.keys() != set(MEMBERS)] == []


def test_each_person_gets_what_the_table_says(cast: Cast, faces: Faces) -> None:
    wrong = {}
    inline = []
    for key, line in TABLE.items():
        for member, answer in answers(cast, faces, key).items():
            if answer.status_code != line.statuses[member]:
                wrong[f"{key} as {member}"] = f"{answer.status_code}, not {line.statuses[member]}"
            if is_page(answer) and INLINE.search(answer.content.decode()):
                inline.append(f"{key} as {member}")
    assert wrong == {}
    assert inline == [], "a script or a style stands in these pages"


def is_page(answer: HttpResponse) -> bool:
    return not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html")


def test_no_other_method_is_answered(cast: Cast, faces: Faces) -> None:
    patterns = dict(addresses())
    answered = []
    for asked in sorted({key.partition(" ")[2] for key in TABLE}):
        refused = set(METHODS) - methods_of(patterns[asked.partition(" ")[0]])
        with transaction.atomic():
            url = url_of(cast, asked)
            statuses = {method: ask(faces["mme_dupont"], method, url).status_code for method in refused}
            transaction.set_rollback(True)
        answered += [f"{method} {asked}" for method, status in statuses.items() if status != 405]
    assert answered == []
