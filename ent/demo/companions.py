"""Beside the demonstration: the sandbox of identity providers, registered in it with the addresses of this start."""

import json
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from django.conf import settings

from ent.core.actors import COMMAND
from ent.core.commands.serve import companions
from ent.core.server import Part
from ent.demo.cast import CAST
from ent.demo.queries import SYSTEMS, found_people
from ent.demo.sandbox.people import SandboxPerson
from ent.demo.sandbox.server import CLIENT_ID, OIDC_FACE, Sandbox, sandbox_in
from ent.directory.enums import ExternalSystem, Family
from ent.directory.models import ExternalId, Membership, Person
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind
from ent.identity.federation.actions.providers import save_provider
from ent.identity.federation.enums import Matching, Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.signin.enums import Audience

FOLDER = settings.VAR / "sandbox"
PORTS = 40
FAMILIES = [Family.LEARNERS, Family.GUARDIANS]
PROVIDERS: dict[str, dict[str, object]] = {
    "educonnect": {"name": "ÉduConnect", "audience": Audience.FAMILIES, "families": FAMILIES, "academies": ["18"]},
    "agriculture": {
        "name": "le compte Agriculture",
        "audience": Audience.AGRICULTURE,
        "families": [*FAMILIES, Family.STAFF],
        "academies": ["18", "98"],
    },
    "academie": {
        "name": "le compte académique",
        "audience": Audience.STAFF,
        "families": [Family.STAFF],
        "matching": Matching.MAIL,
    },
}
# Whom no school knows, whom another académie knows, and whose reference is two people's.
STRANGERS = (
    SandboxPerson("inconnue", "educonnect", "Paule", "Inconnue", "N’a pas de compte", "resp2d", ("{AAF}18|x|9999999",)),
    SandboxPerson(
        "ailleurs", "educonnect", "Yves", "Ailleurs", "D’une autre académie", "resp2d", ("{AAF}13|x|4000001",)
    ),
    SandboxPerson(
        "sans-courriel", "academie", "Luc", "Nouveau", "Pas encore dans l’annuaire", mail="luc@elsewhere.example"
    ),
)


@companions.register("demo.sandbox")
def sandbox(host: str, port: int) -> Iterator[Part]:
    """The sandbox listens beside the site, on the next free port."""
    own_port = _free_port(host, port + 1)
    url, service = f"http://localhost:{own_port}", f"http://localhost:{port}"
    made = sandbox_in(FOLDER, url=url, service_url=service)
    with scope.use(scope.EVERYTHING):
        if not Person.objects.exists():
            return
        people = json.dumps([asdict(one) for one in _people()], ensure_ascii=False)
        (FOLDER / "people.json").write_text(people)
        for slug in PROVIDERS:
            _register(slug, made)
    options = {"host": host, "port": own_port, "url": url, "service": service, "folder": FOLDER}
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    yield Part("Le bac à sable", [sys.executable, "-m", "ent.demo.sandbox", *flags], patience=5)


def _register(slug: str, made: Sandbox) -> None:
    """Saved only where something has changed: each time leaves a record."""
    row = IdentityProvider.objects.filter(slug=slug).first()
    provider = row or IdentityProvider(slug=slug, is_open=True, **PROVIDERS[slug])
    before = (provider.metadata, provider.client_secret)
    if slug == OIDC_FACE:
        provider.protocol, provider.client_id = Protocol.OIDC, CLIENT_ID
        provider.client_secret = made.provider.client_secret
        provider.metadata = json.dumps(made.provider.discovery())
    else:
        provider.protocol = Protocol.SAML
        provider.metadata = made.metadata(slug)
    if row is None or before != (provider.metadata, provider.client_secret):
        save_provider(provider, by=COMMAND)


def _people() -> Iterator[SandboxPerson]:
    """The cast by the provider that knows them, then those who find no account, or two."""
    found = found_people()
    agricultural, of_cfa = (
        set(Membership.objects.filter(person__in=found.values(), school__kind=kind).values_list("person", flat=True))
        for kind in (SchoolKind.AGRICULTURAL, SchoolKind.CFA)
    )
    references = _references(found.values())
    for member in CAST:
        person = found.get(member.key)
        # ÉduConnect does not know apprentices.
        if person is None or member.category not in SYSTEMS or (member.category == "Eleve" and person.pk in of_cfa):
            continue
        known = tuple(references.get(person.pk, ()))
        affiliation = {"Eleve": "eleve2d", "PersRelEleve": "resp2d"}.get(member.category, "")
        face = "agriculture" if person.pk in agricultural else "educonnect" if affiliation else OIDC_FACE
        mail = "" if affiliation else person.email
        yield SandboxPerson(
            member.key, face, person.first_name, person.last_name, member.label, affiliation, known, mail
        )
    guardians = [one for one in CAST if one.category == "PersRelEleve" and one.key in found][:2]
    both = tuple(text for one in guardians for text in references.get(found[one.key].pk, ()))
    yield SandboxPerson("deux-profils", "educonnect", "Claire", "Deux-Profils", "Mène à deux comptes", "resp2d", both)
    yield from STRANGERS


def _references(people: Iterable[Person]) -> dict[int, list[str]]:
    told: dict[int, list[str]] = {}
    systems = (ExternalSystem.AAF_PUPIL, ExternalSystem.AAF_GUARDIAN, ExternalSystem.AAF_STAFF)
    for row in ExternalId.objects.filter(person__in=people, system__in=systems):
        told.setdefault(row.person_id, []).append(f"{{AAF}}{row.issuer}|{row.person_id}|{row.value}")
    return told


def _free_port(host: str, first: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, first + PORTS):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port after {first}")
