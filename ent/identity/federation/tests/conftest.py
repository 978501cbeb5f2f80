"""ÉduConnect as the school's families meet it, and the people of the cast as it names them."""

from collections.abc import Callable

import pytest
from django.test import Client

from ent.directory.enums import ExternalSystem
from ent.directory.models import ExternalId
from ent.foundation.schools import scope
from ent.identity.federation.models import IdentityProvider
from tests.cast import Cast
from tests.providers import Idp, our_address, saml_provider  # noqa: F401

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
