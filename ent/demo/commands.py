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
from ent.directory import tasks
from ent.directory.actions import imports
from ent.directory.actions.establishments import load_calendar
from ent.directory.models import ImportRun, Person
from ent.foundation.schools import scope


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
        run = _import(Path(folder), schools, seed)
    with scope.use(scope.EVERYTHING):
        set_stage(by=COMMAND)
        people = Person.objects.count()
    click.echo(f"{people} personnes sont entrées par l’import AAF n° {run.pk}.")


def _import(folder: Path, schools: int, seed: int) -> ImportRun:
    day = timezone.localdate()
    aaf.write_complete(folder / "aaf", schools=schools, seed=seed, day=day)
    with scope.use(scope.EVERYTHING):
        load_calendar(by=COMMAND)
        run = imports.ask_import(paths=[folder / "aaf"], by=COMMAND)
    run = tasks.apply(run.pk, by=COMMAND)
    if run.failure:
        raise click.ClickException(run.failure)
    return run


def _folder() -> Path:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    return settings.VAR
