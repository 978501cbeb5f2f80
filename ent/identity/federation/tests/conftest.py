"""ÉduConnect as the school's families meet it, the académie as its staff do, and the cast as they name it."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from ent.directory.enums import ExternalSystem
from ent.directory.models import ExternalId
from ent.foundation.schools import scope
from ent.identity.federation.models import IdentityProvider
from tests.cast import Cast
from tests.providers import (  # noqa: F401
    Idp,
    Journey,
    Sandbox,
    SandboxPerson,
    oidc_provider,
    our_address,
    running_sandbox,
    saml_provider,
)

NUMBERS = {"claire": "4700001", "ines": "2700001", "malo": "2700002", "karim": "4700002"}


@pytest.fixture
def numbered(cast: Cast) -> Cast:
    """The cast, with the numbers of the académie's directory."""
    with scope.use(scope.EVERYTHING):
        for name, number in NUMBERS.items():
            person = cast.people[name]
            system = ExternalSystem.AAF_PUPIL if number < "3" else ExternalSystem.AAF_GUARDIAN
            ExternalId.objects.create(person=person, system=system, issuer="18", value=number)
    return cast


@pytest.fixture
def educonnect(numbered: Cast) -> IdentityProvider:
    with scope.use(scope.EVERYTHING):
        return saml_provider()


@pytest.fixture
def idp(educonnect: IdentityProvider) -> Idp:
    return Idp(Client(HTTP_HOST="ent.example"))


@pytest.fixture
def reference() -> Callable[[str], str]:
    return lambda name: f"{{AAF}}18|x|{NUMBERS[name]}"


@pytest.fixture
def academie(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The académie's provider, running on this machine."""
    cache.clear()
    people = [
        SandboxPerson("fabre", "academie", "Hélène", "Fabre", "Enseignante", mail="MME.FABRE@ent.example"),
        SandboxPerson("dupont", "academie", "Anne", "Dupont", "Direction", mail="mme.dupont@ent.example"),
        SandboxPerson("claire", "academie", "Claire", "Moreau", "Mère", mail="claire@ent.example"),
        SandboxPerson("nobody", "academie", "Luc", "Nouveau", "Nouveau", mail="luc@elsewhere.example"),
    ]
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), people) as sandbox:
        oidc_provider(sandbox.provider)
        yield sandbox


@pytest.fixture
def journey(academie: Sandbox) -> Journey:
    return Journey(academie)
