"""`ent demo`: a region of invented schools, brought in by the very import that real files take."""

import tempfile
from pathlib import Path

import click
from django.conf import settings
from django.utils import timezone

from ent.core.actors import COMMAND
from ent.core.cli import ent
from ent.demo import aaf
from ent.demo.actions import set_stage
from ent.demo.apprenticeship import write_apprenticeships
from ent.directory import tasks
from ent.directory.actions import imports
from ent.directory.actions.establishments import load_calendar
from ent.directory.actions.import_decisions import agree
from ent.directory.imports.csv import running
from ent.directory.models import ImportRun, Person
from ent.foundation.schools import scope
from ent.foundation.schools.models import School


@ent.command()
@click.option("--schools", type=click.IntRange(4, 120), default=4, show_default=True, help="Nombre d’établissements.")
@click.option("--if-empty", is_flag=True, help="Ne rien faire si la base a déjà des personnes.")
@click.option("--seed", type=int, default=2026, show_default=True, help="Graine des personnes inventées.")
def demo(schools: int, if_empty: bool, seed: int) -> None:
    """Remplir une base vide d’établissements et de personnes de démonstration."""
    if not settings.DEMO:
        raise click.ClickException("La démonstration n’existe pas en production.")
    with scope.use(scope.EVERYTHING):
        if Person.objects.exists():
            if if_empty:
                return
            raise click.ClickException(
                "La base a déjà des personnes : la démonstration ne se mêle pas à de vraies données."
            )
    click.echo(f"Préparation de la démonstration ({schools} établissements) : environ {schools // 2 + 10} secondes.")
    with tempfile.TemporaryDirectory(prefix="demo-", dir=_folder()) as folder:
        _import_region(Path(folder), schools, seed)
        _import_contracts(Path(folder), schools, seed)
    _preview_changes(_folder() / "demo", schools, seed)
    with scope.use(scope.EVERYTHING):
        set_stage(by=COMMAND)
        people = Person.objects.count()
    click.echo(f"{people} personnes sont entrées par les imports AAF et CSV.")


def _import_region(folder: Path, schools: int, seed: int) -> None:
    """What the académie's files say of everyone."""
    aaf.write_complete(folder / "aaf", schools=schools, seed=seed, day=timezone.localdate())
    with scope.use(scope.EVERYTHING):
        load_calendar(by=COMMAND)
        run = imports.ask_import(paths=[folder / "aaf"], by=COMMAND)
    _succeeded(tasks.apply(run.pk, by=COMMAND))


def _import_contracts(folder: Path, schools: int, seed: int) -> None:
    """What AAF does not know: the masters of the apprentices, by the CSV file of each CFA."""
    files = write_apprenticeships(folder / "csv", schools=schools, seed=seed, day=timezone.localdate())
    for file in files:
        with scope.use(scope.EVERYTHING):
            school = School.objects.get(uai=file.name.split("_")[1])
        run = running.take_file(file, school, profile="", close_missing=False, by=COMMAND)
        with scope.use(scope.EVERYTHING):
            agree(run, "", by=COMMAND)
        running.apply(run.pk)
        with scope.use(scope.EVERYTHING):
            _succeeded(ImportRun.objects.get(pk=run.pk))


def _preview_changes(folder: Path, schools: int, seed: int) -> None:
    """What has changed since, read and left for somebody to agree to. The files stay: applying may read them again."""
    aaf.write_delta(folder, schools=schools, seed=seed, day=timezone.localdate(), archive="tgz")
    with scope.use(scope.EVERYTHING):
        run = imports.ask_import(paths=[folder], by=COMMAND)
    _succeeded(tasks.preview(run.pk, by=COMMAND))


def _succeeded(run: ImportRun) -> None:
    if run.failure:
        raise click.ClickException(run.failure)


def _folder() -> Path:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    return settings.VAR
