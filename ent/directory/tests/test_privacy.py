"""A person receives all that is held about them, and nothing held about another."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps

from ent.core.actors import Actor
from ent.core.cli import ent
from ent.directory.models import Membership, Person
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.privacy import commands
from ent.foundation.privacy.actions import export_person
from ent.foundation.privacy.queries import claim, claimed_fields, claims
from ent.foundation.schools import scope
from tests.cast import PASSWORD, Cast

ME = Actor("Marc Tessier")


def test_each_link_to_a_person_is_claimed() -> None:
    links = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model in {Person, Account, Membership}
    }
    assert len(links) > 10
    assert links - claimed_fields() == set()


def test_each_claim_names_fields_that_exist(cast: Cast) -> None:
    export_person(cast.ines, by=ME)
    for declared in claims:
        for name in declared.gives:
            declared.model._meta.get_field(name)


def test_a_claim_gives_something_or_says_why_not() -> None:
    with pytest.raises(TypeError):
        claim("directory.Person.nothing", "Rien", kept="Jamais")


def test_what_is_held_is_given_in_words(cast: Cast) -> None:
    given = {answer["source"]: answer["rows"] for answer in export_person(cast.ines, by=ME)["data"]}
    (identity,) = given["directory.Person.pk"]
    assert (identity["prénom"], identity["nom"]) == ("Inès", "Moreau")
    assert identity["date de naissance"] == "2011-04-12"
    assert identity["coordonnées"]["mobile"] == "06 39 98 10 10"
    (membership,) = given["directory.Membership.person"]
    assert membership["établissement"] == "Lycée Jeanne-de-Touraine"
    assert membership["profil"] == "Élève"
    assert {row["division"] or row["group"] for row in given["directory.Enrolment.membership"]} == {
        "2de 4",
        "Maths, groupe 1",
    }
    assert [row["guardian"] for row in given["directory.Guardianship.pupil"]] == ["Claire Moreau"]
    (account,) = given["accounts.Account.pk"]
    assert account["identifiant"] == cast.ines.account.identifier


def test_nothing_of_another_person_s_and_no_secret_is_given(cast: Cast) -> None:
    text = json.dumps(export_person(cast.ines, by=ME), ensure_ascii=False)
    for name in ("Malo", "Noé", "Lucas", "Benali"):
        assert name not in text
    for secret in (PASSWORD, "argon2", cast.ines.account.password):
        assert secret not in text


def test_a_person_without_an_account_has_no_one_else_s(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        stray = Person.objects.create(first_name="Ada", last_name="Sans")
    sources = {answer["source"] for answer in export_person(stray, by=ME)["data"] if answer["rows"]}
    assert sources == {"directory.Person.pk"}


def test_the_request_is_recorded_its_content_is_not(cast: Cast) -> None:
    export_person(cast.ines, by=ME)
    with scope.use(scope.EVERYTHING):
        record = Record.objects.get(action="privacy.export_person")
    assert (record.target_id, record.actor_label, record.details) == (str(cast.ines.pk), "Marc Tessier", {})


def test_the_command_writes_a_file_for_its_owner_only(cast: Cast, tmp_path: Path) -> None:
    assert commands.privacy.name == "privacy"

    file = tmp_path / "ines.json"
    runner = CliRunner()
    asked = ["privacy", "export", cast.ines.account.identifier, "--output", str(file)]
    assert runner.invoke(ent, asked).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["person"] == "Inès Moreau"
    assert "existe déjà" in runner.invoke(ent, asked).output
    by_number = runner.invoke(ent, ["privacy", "export", str(cast.malo.pk)])
    assert json.loads(by_number.output)["person"] == "Malo Moreau"
    assert "Personne n’a cet identifiant." in runner.invoke(ent, ["privacy", "export", "personne"]).output
