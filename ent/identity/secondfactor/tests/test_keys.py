"""Passkeys: what proves, and each answer that proves nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from ent.foundation.schools import scope
from ent.identity.secondfactor.models import SecondFactor
from ent.identity.secondfactor.tests.conftest import asked_by, prove
from ent.identity.secondfactor.tests.soft_key import ORIGIN, SoftKey
from tests.cast import Cast

MAKE = "/mon-compte/seconde-preuve/cle/"
CHALLENGE, ALONE = "/connexion/seconde-preuve/", "/connexion/cle/"


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.PUBLIC_URL = ORIGIN


@pytest.fixture
def key(cast: Cast) -> SoftKey:
    """Claire's, made on her phone."""
    return made(cast, "claire", SoftKey())


def made(cast: Cast, name: str, key: SoftKey) -> SoftKey:
    client = prove(cast.signed_in(name))
    asked = asked_by(client.get(MAKE).content)
    answer = client.post(MAKE, {"name": "Téléphone", "answer": key.make(asked)})
    assert answer["Location"] == "/mon-compte/seconde-preuve/codes/"
    return key


def test_a_key_is_the_second_proof(key: SoftKey, enter: Callable[..., Client]) -> None:
    client = enter("claire")
    answer = client.post(CHALLENGE, {"answer": key.use(asked_by(client.get(CHALLENGE).content))})
    assert answer.status_code == 303
    assert client.session["second"] == "key"
    assert client.get("/").status_code == 200


def test_a_key_opens_the_account_alone(key: SoftKey) -> None:
    client = Client(HTTP_HOST="ent.example")
    asked = asked_by(client.get(ALONE + "?next=/annuaire/").content)
    answer = client.post(ALONE, {"answer": key.use(asked), "next": "/annuaire/"})
    assert answer["Location"] == "/annuaire/"
    assert client.session["method"] == "passkey"


def test_alone_it_needs_the_finger_the_face_or_the_code(key: SoftKey) -> None:
    client = Client(HTTP_HOST="ent.example")
    asked = asked_by(client.get(ALONE).content)
    assert client.post(ALONE, {"answer": key.use(asked, verified=False)}).status_code == 422


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "http://evil.example"},
        {"origin": ORIGIN + ".evil.example"},
        {"site": "evil.example"},
    ],
)
def test_the_answer_of_another_site_proves_nothing(key: SoftKey, bent: dict[str, str]) -> None:
    client = Client(HTTP_HOST="ent.example")
    asked = asked_by(client.get(ALONE).content)
    assert client.post(ALONE, {"answer": key.use(asked, **bent)}).status_code == 422


def test_an_answer_serves_once(key: SoftKey) -> None:
    client = Client(HTTP_HOST="ent.example")
    answer = key.use(asked_by(client.get(ALONE).content))
    assert client.post(ALONE, {"answer": answer}).status_code == 303
    client.post("/deconnexion/")
    assert client.post(ALONE, {"answer": answer}).status_code == 422
    client.get(ALONE)
    assert client.post(ALONE, {"answer": answer}).status_code == 422


def test_another_key_under_the_same_name_proves_nothing(key: SoftKey) -> None:
    client = Client(HTTP_HOST="ent.example")
    forged = SoftKey(key.credential_id, count=50)
    assert client.post(ALONE, {"answer": forged.use(asked_by(client.get(ALONE).content))}).status_code == 422


def test_a_count_that_goes_back_is_a_copy(key: SoftKey) -> None:
    client = Client(HTTP_HOST="ent.example")
    client.post(ALONE, {"answer": key.use(asked_by(client.get(ALONE).content), count=9)})
    client.post("/deconnexion/")
    for count in (9, 3, 0):
        asked = asked_by(client.get(ALONE).content)
        assert client.post(ALONE, {"answer": key.use(asked, count=count)}).status_code == 422, count


def test_the_key_of_another_is_no_second_proof(cast: Cast, key: SoftKey, enter: Callable[..., Client]) -> None:
    other = made(cast, "karim", SoftKey(b"key of karim"))
    client = enter("claire")
    asked = asked_by(client.get(CHALLENGE).content)
    assert client.post(CHALLENGE, {"answer": other.use(asked)}).status_code == 422


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "{" * 50, "x" * 30_000, '{"id":"a","rawId":"a"}'])
def test_nonsense_is_refused_calmly(key: SoftKey, answer: str) -> None:
    client = Client(HTTP_HOST="ent.example")
    client.get(ALONE)
    page = client.post(ALONE, {"answer": answer})
    assert page.status_code == 422
    assert "pas été reconnue" in page.content.decode()


def test_the_same_key_is_not_added_twice(cast: Cast, key: SoftKey) -> None:
    client = prove(cast.signed_in("karim"))
    answer = key.make(asked_by(client.get(MAKE).content))
    assert client.post(MAKE, {"name": "x", "answer": answer}).status_code == 409
    with scope.use(scope.EVERYTHING):
        assert SecondFactor.objects.get().account == cast.claire.account


def test_a_key_made_for_another_site_is_not_kept(cast: Cast) -> None:
    client = prove(cast.signed_in("karim"))
    answer = SoftKey().make(asked_by(client.get(MAKE).content), origin="http://evil.example")
    assert client.post(MAKE, {"name": "x", "answer": answer}).status_code == 422
