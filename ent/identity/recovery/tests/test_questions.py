"""An apprentice, the code of the CFA and a question beside it: neither opens anything alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.directory.models import Person
from ent.directory.queries.settings import provisional_until
from ent.foundation.accounts.actions import reset_password
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.recovery.models import FailedAnswer, SecretAnswer
from tests.cast import Cast

QUESTION = "/connexion/question/"
ANSWERS = {"first": "animal", "first_answer": "Pépin", "second": "rue", "second_answer": "Rue de l’Écluse"}


@pytest.fixture
def code(cast: Cast) -> str:
    """What the CFA has just handed to Lucas."""
    account = cast.lucas.account
    with scope.use(scope.EVERYTHING):
        until = provisional_until(cast.cfa)
        made = reset_password(account, version=password_version(account), by=SYSTEM, until=until)
    assert made
    return made


def enter(cast: Cast, code: str) -> tuple[Client, Any]:
    client = Client(HTTP_HOST="ent.example")
    return client, client.post("/connexion/", {"identifier": cast.lucas.account.identifier, "password": code})


def test_the_code_leads_to_a_question_then_to_ones_own_password(cast: Cast, code: str) -> None:
    client, answer = enter(cast, code)
    assert answer["Location"] == QUESTION
    assert "Votre date de naissance" in client.get(QUESTION).content.decode()
    assert client.get("/").status_code == 303
    assert client.post(QUESTION, {"answer": "2008-01-20"})["Location"] == "/mon-compte/mot-de-passe/"


def test_a_wrong_answer_opens_nothing_and_the_cfa_reads_it(cast: Cast, code: str) -> None:
    client, _answer = enter(cast, code)
    answer = client.post(QUESTION, {"answer": "2008-01-21"})
    assert answer.status_code == 422
    assert "Ce n’est pas la réponse attendue." in answer.content.decode()
    assert client.get("/mon-compte/")["Location"].startswith("/connexion/")
    with scope.use(scope.EVERYTHING):
        assert Record.objects.get(action="recovery.refuse_answer").school_id == cast.cfa.pk


def test_after_five_wrong_answers_the_right_one_waits(cast: Cast, code: str) -> None:
    client, _answer = enter(cast, code)
    for _time in range(5):
        client.post(QUESTION, {"answer": "2000-01-01"})
    assert "Trop d’essais" in client.post(QUESTION, {"answer": "2008-01-20"}).content.decode()
    with scope.use(scope.EVERYTHING):
        FailedAnswer.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert client.post(QUESTION, {"answer": "2008-01-20"}).status_code == 303


def test_an_answer_without_the_code_is_asked_of_nobody(cast: Cast, code: str, client: Client) -> None:
    assert client.get(QUESTION)["Location"] == "/connexion/"
    assert client.post(QUESTION, {"answer": "2008-01-20"})["Location"] == "/connexion/"


def test_the_code_is_over_after_two_days(cast: Cast, code: str) -> None:
    Account.objects.filter(pk=cast.lucas.account_id).update(provisional_until=timezone.now() - timedelta(seconds=1))
    assert "n’est plus valable" in enter(cast, code)[1].content.decode()
    with scope.use(scope.EVERYTHING):
        assert provisional_until(cast.cfa) - timezone.now() <= timedelta(hours=48)


def test_the_answers_he_has_chosen_are_asked_next_time_in_any_spelling(cast: Cast, code: str) -> None:
    client, _answer = enter(cast, code)
    client.post(QUESTION, {"answer": "2008-01-20"})
    client.post("/mon-compte/mot-de-passe/", {"password": "Chantier-37!"})
    assert client.get("/")["Location"] == "/mon-compte/courriel/"
    assert "choisir des questions" in client.get("/mon-compte/courriel/").content.decode()
    assert client.post("/mon-compte/questions/", ANSWERS)["Location"] == "/"
    account = Account.objects.get(pk=cast.lucas.account_id)
    with scope.use(scope.EVERYTHING):
        fresh = reset_password(account, version=password_version(account), by=SYSTEM)
    again, _answer = enter(cast, fresh or "")
    assert "premier animal" in again.get(QUESTION).content.decode()
    assert again.post(QUESTION, {"answer": "2008-01-20"}).status_code == 422
    assert "six ans" in again.get(QUESTION).content.decode()
    assert again.post(QUESTION, {"answer": "rue de l'ECLUSE"}).status_code == 303


def test_no_answer_can_be_read_back(cast: Cast, code: str) -> None:
    client, _answer = enter(cast, code)
    client.post(QUESTION, {"answer": "2008-01-20"})
    client.post("/mon-compte/mot-de-passe/", {"password": "Chantier-37!"})
    client.post("/mon-compte/questions/", ANSWERS)
    with scope.use(scope.EVERYTHING):
        kept = list(SecretAnswer.objects.values_list("answer", flat=True))
        assert len(kept) == 2
        assert all(one.startswith("argon2") for one in kept)
        assert not any("Pépin" in str(row.details) or "pepin" in str(row.details) for row in Record.objects.all())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"second": "animal"}, "deux questions différentes"),
        ({"second_answer": " pepin "}, "deux réponses différentes"),
        ({"first_answer": "ab"}, "trois lettres au moins"),
    ],
)
def test_answers_that_will_not_do_are_said_and_kept(
    cast: Cast, code: str, changed: dict[str, str], sentence: str
) -> None:
    client, _answer = enter(cast, code)
    client.post(QUESTION, {"answer": "2008-01-20"})
    client.post("/mon-compte/mot-de-passe/", {"password": "Chantier-37!"})
    answer = client.post("/mon-compte/questions/", ANSWERS | changed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_with_an_own_password_nothing_more_is_asked(cast: Cast) -> None:
    client = Client(HTTP_HOST="ent.example")
    sent = {"identifier": cast.lucas.account.identifier, "password": "Loire-1519!"}
    assert client.post("/connexion/", sent)["Location"] != QUESTION


def test_an_apprentice_whose_birth_date_nobody_knows_enters_by_the_code(cast: Cast, code: str) -> None:
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=cast.lucas.pk).update(birth_date=None)
    assert enter(cast, code)[1]["Location"] == "/mon-compte/mot-de-passe/"


def test_a_birth_date_is_not_guessed_while_the_code_is_good(cast: Cast, code: str) -> None:
    with scope.use(scope.EVERYTHING):
        past = timezone.now() - timedelta(hours=20)
        FailedAnswer.objects.bulk_create(FailedAnswer(account=cast.lucas.account, at=past) for _time in range(15))
    client, _answer = enter(cast, code)
    assert "Trop d’essais" in client.post(QUESTION, {"answer": "2008-01-20"}).content.decode()
