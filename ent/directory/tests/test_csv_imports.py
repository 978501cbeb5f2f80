"""A school's CSV file, from its bytes to the directory."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from ent.core.actors import Actor
from ent.directory import tasks
from ent.directory.actions.csv_imports import ask_csv_import, choose_columns
from ent.directory.actions.import_decisions import agree
from ent.directory.enums import Profile, RunState, Source
from ent.directory.imports.csv.mapping import guess
from ent.directory.imports.csv.running import columns_of, table_of
from ent.directory.models import (
    Apprenticeship,
    Division,
    Enrolment,
    ExternalId,
    Guardianship,
    ImportAnomaly,
    ImportChange,
    ImportRun,
    Membership,
    Person,
    TeachingAssignment,
)
from ent.foundation.files.actions import store_file
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from tests.cast import Cast

BY = Actor("Marc Tessier")
Import = Callable[..., ImportRun]

CONTRACTS = """nom;prenom;date_naissance;classe;formateur_nom;formateur_prenom;formateur_mail;\
maitre_civilite;maitre_nom;maitre_prenom;maitre_mail;maitre_telephone;entreprise;siret;contrat_debut;contrat_fin
PERRIN;Lucas;20/01/2008;CAP 1;MASSON;Olivier;olivier.masson@cfa.example;M.;COUTURIER;Bernard;\
bernard@couturier.example;639988430;Boulangerie Couturier;99904018100011;01/09/2026;31/08/2028
ROUX;Nina;03/02/2009;CAP 1 boulanger;MASSON;Olivier;olivier.masson@cfa.example;Mme;TANGUY;Lydie;\
lydie@tanguy.example;06 39 98 54 14;Boulangerie Tanguy;99904003300014;01/09/2026;31/08/2028
"""


@pytest.fixture
def previewed(cast: Cast) -> Import:
    """Import a text up to its preview."""

    def run(text: str | bytes, school: School | None = None, **options: Any) -> ImportRun:
        school = school or cast.cfa
        content = text.encode() if isinstance(text, str) else text
        with scope.use(scope.of_school(school.pk)):
            file = store_file(
                io.BytesIO(content), name="f.csv", use="directory.import", school=school, owner=None, by=BY
            )
            run = ask_csv_import(school, file, by=BY)
            columns = {c.header.casefold(): c.field for c in columns_of(run, table_of(run))}
            choose_columns(run, columns, {"profile": Profile.APPRENTICE, **options}, by=BY)
        tasks.preview_csv(run.pk)
        return fresh(run)

    return run


@pytest.fixture
def imported(previewed: Import) -> Import:
    """Import a text to its end."""

    def run(text: str | bytes, school: School | None = None, **options: Any) -> ImportRun:
        run = previewed(text, school, **options)
        assert run.state == RunState.PREVIEWED, run.failure
        agree(run, "Attendu", by=BY)
        tasks.apply_csv(run.pk)
        return fresh(run)

    return run


def fresh(run: ImportRun) -> ImportRun:
    with scope.use(scope.EVERYTHING):
        return ImportRun.objects.get(pk=run.pk)


def test_the_contracts_of_a_cfa_make_masters_and_their_apprentices(cast: Cast, imported: Import) -> None:
    run = imported(CONTRACTS)
    assert run.state == RunState.APPLIED, run.failure
    with scope.use(scope.EVERYTHING):
        contract = Apprenticeship.objects.get(apprentice__person=cast.lucas)
        master = contract.master.person
        assert (master.full_name, contract.company, contract.ends) == (
            "Bernard Couturier",
            "Boulangerie Couturier",
            date(2028, 8, 31),
        )
        assert master.account is not None
        assert master.account.identifier == "bernard.couturier"
        assert master.contact == {"mobile": "+33 6 39 98 84 30"}
        nina = Person.objects.get(first_name="Nina")
        assert Enrolment.objects.get(membership__person=nina).division.label == "CAP 1 boulanger"
        assert Person.objects.filter(last_name="Perrin").count() == 1
        assert TeachingAssignment.objects.filter(membership__person__last_name="Masson").count() == 2


def test_nothing_is_written_before_the_decision(cast: Cast, previewed: Import) -> None:
    with scope.use(scope.EVERYTHING):
        before = Person.objects.count(), Membership.objects.count()
    run = previewed(CONTRACTS)
    with scope.use(scope.EVERYTHING):
        assert (Person.objects.count(), Membership.objects.count()) == before
        assert ImportChange.objects.filter(run=run).exists()


def test_the_same_file_again_changes_nothing(imported: Import, previewed: Import) -> None:
    imported(CONTRACTS)
    again = previewed(CONTRACTS)
    with scope.use(scope.EVERYTHING):
        assert [(c.label, c.fields) for c in ImportChange.objects.filter(run=again)] == []
    assert again.counts["maitres"]["unchanged"] == 2
