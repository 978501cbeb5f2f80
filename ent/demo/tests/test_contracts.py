"""The file of a CFA's contracts comes in through the CSV import of the product."""

from datetime import date
from pathlib import Path

from ent.core.actors import COMMAND
from ent.demo.apprenticeship import write_apprenticeships
from ent.directory.actions.import_decisions import agree
from ent.directory.enums import RunState
from ent.directory.imports.csv import running
from ent.directory.models import Apprenticeship
from ent.foundation.schools import scope
from tests.cast import Cast


def test_each_apprentice_of_the_demonstration_has_a_master(cast: Cast, tmp_path: Path) -> None:
    [path] = write_apprenticeships(tmp_path, day=date(2026, 11, 24))
    run = running.take_file(path, cast.cfa, by=COMMAND)
    agree(run, by=COMMAND)
    running.apply(run.pk)
    with scope.use(scope.EVERYTHING):
        run.refresh_from_db()
        assert run.state == RunState.APPLIED, run.failure
        assert Apprenticeship.objects.count() == 219
        lucas = Apprenticeship.objects.get(company="Boulangerie Couturier", apprentice__person__first_name="Lucas")
        assert lucas.master.person.email == "bernard.couturier@boulangerie-couturier.example"
