"""The house rules that no linter knows. Each exception is named here, with its reason."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest
from django.apps import apps
from django.db import InternalError, models
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, include, path

from ent.core.actors import Actor
from ent.core.pages import endpoint
from ent.directory.models import Person
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import Region, School, SchoolOwned

PROJECT = Path(__file__).resolve().parents[1]
ENT = PROJECT / "ent"

MODELS = [model for model in apps.get_models() if model.__module__.startswith("ent.")]


# --- Models ---

# Not school-owned though they name a school: the reason of each.
OWNED_OTHERWISE = {
    "directory.SchoolVisit": "a region officer's; the region reads and writes it across schools",
    "files.SchoolQuota": "the region's gift; it reads and writes it across schools, a school only reads its own",
}
# Tables without row-level security: the reason of each.
OPEN_TABLES = {
    "schools.Region": "the collectivity: public",
    "schools.School": "the public directory of establishments",
    "schools.CalendarDay": "the region's holidays: public",
    "directory.Mef": "a national nomenclature",
    "directory.NationalSubject": "a national nomenclature",
    "charter.Charter": "public: what everyone agrees to",
    "federation.IdentityProvider": "whom the sign-in page offers: public; its secret is sealed",
    "accounts.Account": "read to sign in, before any scope is known; it holds an identifier and a hash, no name",
    "accounts.WebSession": "read at each request, before any scope is known, by its own secret key",
    "accounts.FailedPassword": "counted to sign in, before any scope is known; it holds keyed hashes and hours",
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_that_names_its_school_is_school_owned(model: type[models.Model]) -> None:
    schools = [field for field in model._meta.concrete_fields if field.related_model is School and not field.null]
    if schools and model._meta.label not in OWNED_OTHERWISE:
        assert issubclass(model, SchoolOwned)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_table_is_under_row_security_or_its_openness_has_a_reason(model: type[models.Model]) -> None:
    assert hasattr(model, "row_reads") != (model._meta.label in OPEN_TABLES)


def test_the_exceptions_are_still_needed() -> None:
    labels = {model._meta.label for model in MODELS}
    owned = {model._meta.label for model in MODELS if issubclass(model, SchoolOwned)}
    assert OPEN_TABLES.keys() <= labels
    assert OWNED_OTHERWISE.keys() <= labels - owned


def test_each_link_to_a_person_or_an_account_is_claimed_by_a_privacy_file() -> None:
    privacy = import_module("ent.foundation.privacy.queries")
    links = {
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if field.related_model in {Person, Account}
    }
    assert links, "the search itself finds links"
    assert links - privacy.claimed_fields() == set()


# --- Where rows are written ---

WRITERS = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update_or_create"}
RAW_WRITE = re.compile(
    r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE|COPY\s+\S+.*\sFROM\s+STDIN)\b", re.DOTALL
)

STAGING = "reads the académie's files into an import's own tables, before anything of the directory changes"
# Files that may write outside actions: the reason of each.
OTHER_WRITERS = {
    "ent/core/bulk.py": "the means by which actions write many rows at once; it knows no table",
    "ent/core/fields.py": "seals values again under the current master key; it knows no table",
    "ent/directory/imports/aaf/matching.py": STAGING,
    "ent/directory/imports/aaf/remembering.py": STAGING,
    "ent/directory/imports/aaf/staging.py": STAGING,
}


def sources() -> Iterator[Path]:
    """The product's Python files, without its tests, its migrations and the generator of the demonstration."""
    for file in sorted(ENT.rglob("*.py")):
        parts = file.relative_to(ENT).parts
        if not {"tests", "migrations"} & set(parts) and parts[0] != "demo":
            yield file


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def name_of(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def is_of_actions(file: Path) -> bool:
    return file.name == "actions.py" or "actions" in file.parent.parts


def writes(node: ast.AST) -> Iterator[str]:
    """The calls and the SQL by which this code writes rows."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            target = ast.unparse(part.func.value)
            if part.func.attr in WRITERS and not re.match(r"(super\(\)|self\.get_session|.*\bsession$)", target):
                yield f"{target}.{part.func.attr} (line {part.lineno})"
            if part.func.attr == "update" and re.search(r"objects|_manager|\.(filter|exclude|all)\(", target):
                yield f"{target}.update (line {part.lineno})"
        text = text_of(part)
        if RAW_WRITE.search(text):
            yield f"{text.strip()[:60]} (line {part.lineno})"  # type: ignore[attr-defined]


def text_of(node: ast.AST) -> str:
    """The text of a string, its placeholders as names."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "placeholder" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_rows_are_written_in_actions_only() -> None:
    found = {name_of(file): list(writes(tree(file))) for file in sources() if not is_of_actions(file)}
    guilty = {name: calls for name, calls in found.items() if calls and name not in OTHER_WRITERS}
    assert guilty == {}
    assert all((PROJECT / name).exists() for name in OTHER_WRITERS)


@pytest.mark.parametrize(
    "code",
    [
        "Person.objects.create(last_name='x')",
        "person.save()",
        "Person.objects.filter(pk=1).update(last_name='x')",
        "Person._base_manager.update(last_name='x')",
        "person.memberships.all().delete()",
        "cursor.execute('INSERT INTO directory_person VALUES (1)')",
        "cursor.execute(f'UPDATE {table} SET id = 1')",
        "cursor.copy('COPY staging (a, b) FROM STDIN')",
    ],
)
def test_a_write_elsewhere_would_be_found(code: str) -> None:
    assert list(writes(ast.parse(code)))


# --- Actions ---

# Public functions of actions modules that are no act of a person: the reason of each.
PROGRESS = "what a running import says of itself; asking, forcing and applying it are acts"
DELIVERY = "follows an act, which left the record"
DERIVED = "writes what is derived from other rows; the act that changed those left the record"
NOT_ACTS = {
    "ent.directory.actions.import_decisions.give_up": "decides under a lock; abandon_import is the act",
    "ent.directory.actions.imports.enter": PROGRESS,
    "ent.directory.actions.imports.begin_reading": PROGRESS,
    "ent.directory.actions.imports.interrupted": PROGRESS,
    "ent.directory.actions.imports.note": PROGRESS,
    "ent.directory.actions.imports.show_progress": PROGRESS,
    "ent.foundation.accounts.actions.check_password": "answers; a failure is the act refuse_password",
    "ent.foundation.notifications.actions.deliver_notice": DELIVERY,
    "ent.foundation.notifications.actions.forget_old": "keeps the inbox short, each night",
    "ent.foundation.notifications.actions.mark_read": "an account's own inbox: nobody else's concern",
    "ent.foundation.notifications.actions.notify": DELIVERY,
    "ent.foundation.notifications.actions.send_mail": DELIVERY,
    "ent.foundation.notifications.actions.words": "reads",
    "ent.foundation.search.actions.refresh": DERIVED,
    "ent.foundation.search.actions.refresh_objects": DERIVED,
    "ent.foundation.search.actions.refresh_schools": DERIVED,
    "ent.foundation.audit.actions.record": "it is the journal",
    "ent.foundation.audit.actions.record_reading": "asks that an act be recorded once the page is made",
    "ent.foundation.audit.actions.seal_records": "seals the journal; recorded, it would never end",
    "ent.foundation.audit.actions.seal_batch": "one step of it",
    "ent.identity.access.actions.apply_closures": "works out what the acts have settled, and follows the people",
    "ent.identity.recovery.actions.questions.check_answer": "looks; a wrong one is the act refuse_answer",
    "ent.foundation.accounts.actions.make_own": "a step of each act by which a password becomes its holder's",
    "ent.foundation.accounts.actions.forget_failures": "follows an act, which left the record",
    "ent.identity.activation.actions.send_links": "mails links, each the act mail_link",
    "ent.identity.federation.actions.arriving.follow_account": "a step of the act merge_people",
    "ent.identity.federation.actions.arriving.spend": "notes that a proof has served; what it opens is an act",
    "ent.identity.federation.actions.arriving.use_identity": "notes an hour; linking is the act link_identity",
    "ent.identity.recovery.actions.recovering.ask_help": "a stranger's wish, answered by the act tell_helpers",
    "ent.identity.signin.actions.links.count_asked": "counts strangers' wishes, to slow them down",
    "ent.identity.secondfactor.actions.check_code": "answers; what a right or a wrong one does is an act",
    "ent.identity.secondfactor.actions.check_key": "answers; a refusal is the act refuse_code",
    "ent.identity.signin.actions.devices.recognise": "what it has not seen yet is the act know_device",
    "ent.identity.signin.actions.entering.finish": "opens the session, which is the act open_session",
    "ent.identity.signin.actions.entering.let_in": "opens the session, which is the act open_session",
    "ent.identity.signin.actions.links.answer_request": "mails links, each the act mail_link",
    "ent.identity.signin.actions.links.ask_link": "a stranger's wish, answered by the act mail_link",
    "ent.identity.signin.actions.links.send_link": DELIVERY,
    "ent.identity.signin.actions.sessions.actor_of": "reads",
    "ent.identity.signin.actions.sessions.device_of": "reads",
}


def actions() -> dict[str, FunctionType]:
    """Each public function of an actions module, by its full name; a package inside `actions/` has those it exports."""
    found: dict[str, FunctionType] = {}
    for file in filter(is_of_actions, sources()):
        inside = file.relative_to(ENT).parts[:-1]
        area = "actions" in inside[:-1]
        if area and file.name != "__init__.py":
            continue
        module = import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"))
        for name, function in inspect.getmembers(module, inspect.isfunction):
            home = function.__module__
            own = home.startswith(f"{module.__name__}.") if area else home == module.__name__
            if own and not name.startswith("_"):
                found[f"{module.__name__}.{name}"] = function
    return found


def acts() -> dict[str, FunctionType]:
    return {name: function for name, function in actions().items() if name not in NOT_ACTS}


def test_the_functions_that_are_no_acts_still_exist() -> None:
    assert NOT_ACTS.keys() <= actions().keys()


def test_an_action_is_declared_by_act_which_makes_it_atomic() -> None:
    assert [name for name, function in acts().items() if not hasattr(function, "act")] == []


def test_an_action_takes_who_acts_as_a_keyword() -> None:
    def takes(function: FunctionType) -> bool:
        by = inspect.signature(function).parameters.get("by")
        return by is not None and by.kind is by.KEYWORD_ONLY and by.annotation in {Actor, "Actor"}

    assert [name for name, function in acts().items() if not takes(function)] == []


def test_an_action_leaves_a_record() -> None:
    assert [name for name, function in acts().items() if "record" not in calls_of(function)] == []


def calls_of(function: FunctionType) -> set[str]:
    """The functions it calls by their name, itself or through others of its module."""
    module = tree(Path(inspect.getfile(inspect.unwrap(function))))
    functions = {part.name: part for part in module.body if isinstance(part, ast.FunctionDef)}
    seen: set[str] = set()
    waiting = {function.__name__}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        body = ast.walk(functions[name]) if name in functions else ()
        calls = {part.func.id for part in body if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
        waiting |= calls - seen
    return seen


# --- Views ---


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern)
        else:
            yield pattern


def test_every_view_is_an_endpoint_with_a_name() -> None:
    found = list(patterns())
    assert found
    assert [str(p.pattern) for p in found if not p.name or not hasattr(p.callback, "endpoint_methods")] == []


@endpoint("GET", "POST", public=True)
def writing_view(request: HttpRequest) -> HttpResponse:
    Region.objects.create(name="Écrite", academy_code="18")
    return HttpResponse("written")


urlpatterns = [path("ecrire/", writing_view), path("", include("config.urls"))]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_postgresql_refuses_what_a_get_would_write() -> None:
    client = Client()
    for ask in (client.get, client.head):
        with pytest.raises(InternalError, match="read-only transaction"):
            ask("/ecrire/")
    assert not Region.objects.exists()
    assert client.post("/ecrire/").content == b"written"
    assert Region.objects.count() == 1


# Views whose GET may write: the return of a protocol that comes by GET and is checked.
WRITING_GETS = {"federation:arrive", "federation:signed_out"}


def test_only_the_returns_of_a_protocol_write_by_get() -> None:
    found = {p.name for p in patterns() if getattr(p.callback, "endpoint_writes", False)}
    assert found == {name.partition(":")[2] for name in WRITING_GETS}


def test_only_what_a_provider_sends_goes_without_the_token_of_our_forms() -> None:
    found = {p.name for p in patterns() if getattr(p.callback, "csrf_exempt", False)}
    assert found == {"answer", "back_channel", "signed_out"}


# --- Templates ---

# Templates that Django or a convention finds by their name: the reason of each.
FOUND_BY_NAME = re.compile(r"^(403_csrf|404|500)\.html$|/notices/[a-z_.]+$|^charter/first/")


def templates() -> dict[str, Path]:
    """Each template by the name under which it is asked for."""
    folders = [PROJECT / "templates", *(folder for folder in ENT.rglob("templates") if "tests" not in folder.parts)]
    return {
        str(file.relative_to(folder)): file
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


TEMPLATES = templates()
FRAGMENT = re.compile(r'"([\w/]+)\.html"[^"]*fragment="(\w+)"')
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"'{]|javascript:|\shx-on\b", re.IGNORECASE
)


def test_no_template_is_unused() -> None:
    texts = [file.read_text() for file in [*TEMPLATES.values(), *sources(), *(ENT / "demo").rglob("*.py")]]
    fragments = {f"{page}/{part}.html" for text in texts for page, part in FRAGMENT.findall(text)}
    unused = {
        name
        for name in TEMPLATES
        if not FOUND_BY_NAME.search(name)
        and name not in fragments
        and not any(f'"{name}"' in text or f"'{name}'" in text for text in texts)
    }
    assert unused == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_inline_script_nor_style(name: str) -> None:
    assert INLINE.findall(TEMPLATES[name].read_text()) == []


@pytest.mark.parametrize(
    "markup",
    ["<script>go()</script>", "<p style='color:red'>", "<style>", '<a onclick="go()">', '<a href="javascript:go()">'],
)
def test_inline_markup_would_be_found(markup: str) -> None:
    assert INLINE.search(markup)


def test_a_script_of_its_own_file_is_no_inline_one() -> None:
    assert not INLINE.search('<script src="/static/ent.js" defer></script>')


# --- Words ---


def test_the_glossary_names_every_model() -> None:
    glossary = (PROJECT / "docs" / "glossary.md").read_text()
    assert [model.__name__ for model in MODELS if f"`{model.__name__}`" not in glossary] == []


def test_every_app_has_its_page() -> None:
    for app in apps.get_app_configs():
        if app.name.startswith("ent.") and app.label != "core":
            assert (PROJECT / "docs" / "features" / f"{app.label}.md").exists(), app.label


def test_nothing_is_left_for_later_in_words() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [name_of(file) for file in sources() if later.search(file.read_text())] == []


def test_each_dependency_has_its_reason() -> None:
    reasons = (PROJECT / "docs" / "adr" / "0002-dependencies.md").read_text()
    lines = [line for file in (PROJECT / "requirements").glob("*.in") for line in file.read_text().splitlines()]
    names = {re.split(r"[\[~=<>]", line)[0] for line in lines if line and line[0] not in "#-"}
    assert sorted(name for name in names if f"`{name}`" not in reasons) == []
