"""`ent import aaf` and `ent schools load`."""

import json
from pathlib import Path
from typing import Any

import click

from ent.core.actors import COMMAND, Actor
from ent.core.cli import ent
from ent.core.errors import Refused
from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.actions.establishments import load_calendar, load_establishments
from ent.directory.enums import RunState
from ent.directory.models import ImportRun
from ent.directory.queries.imports import report_of, stopped_schools
from ent.foundation.schools import scope


@ent.group()
def schools() -> None:
    """Les établissements de la région et son calendrier."""


@schools.command()
@click.option("--json", "as_json", is_flag=True, help="Rendre le compte en JSON.")
def load(as_json: bool) -> None:
    """Charger les établissements de l’annuaire public et le calendrier de la zone B ; rien n’est remplacé."""
    with scope.use(scope.EVERYTHING):
        added = {"schools": load_establishments(by=COMMAND), "days": load_calendar(by=COMMAND)}
    if as_json:
        click.echo(json.dumps(added))
    else:
        click.echo(f"Établissements ajoutés : {added['schools']}. Dates ajoutées au calendrier : {added['days']}.")


@ent.group(name="import")
def import_group() -> None:
    """Importer l’annuaire académique."""


@import_group.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--preview", is_flag=True, help="Montrer ce qui changerait, sans rien appliquer.")
@click.option("--yes", is_flag=True, help="Appliquer sans demander ce qui ne dépasse pas les seuils.")
@click.option("--force", metavar="RAISON", default="", help="Appliquer partout, seuils compris, pour cette raison.")
@click.option("--all-or-nothing", is_flag=True, help="Une seule transaction pour tous les établissements.")
@click.option("--json", "as_json", is_flag=True, help="Rendre le compte rendu en JSON.")
def aaf(paths: tuple[Path, ...], preview: bool, yes: bool, force: str, all_or_nothing: bool, as_json: bool) -> None:
    """Importer des fichiers AAF : fichiers, dossiers ou archives .tgz et .zip."""
    by = Actor(COMMAND.label, reason=force)
    with scope.use(scope.EVERYTHING):
        run = acts.ask_import(paths=paths, all_or_nothing=all_or_nothing, by=by)
    try:
        run = _carry_out(run, preview, yes, force, by, as_json)
    except Refused as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    show(run, as_json)
    if run.state == RunState.FAILED:
        raise SystemExit(1)
    if run.state == RunState.PARTLY:
        raise SystemExit(3)


def _carry_out(run: ImportRun, preview: bool, yes: bool, force: str, by: Actor, as_json: bool) -> ImportRun:
    if yes and not force:
        return tasks.apply(run.pk, by=by)
    run = tasks.preview(run.pk, by=by)
    if preview or run.state == RunState.FAILED:
        return run
    if force:
        with scope.use(scope.EVERYTHING):
            for line in stopped_schools(run):
                acts.force_school(line, force, by=by)
        return tasks.apply(run.pk, by=by)
    show(run, as_json)
    if as_json or not click.confirm("Appliquer ?"):
        return run
    return tasks.apply(run.pk, by=by)


def show(run: ImportRun, as_json: bool) -> None:
    """Print the report of a run."""
    with scope.use(scope.EVERYTHING):
        report = report_of(run)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    click.echo(f"Import n° {run.pk} : {run.get_state_display()}")
    if run.failure:
        click.echo(run.failure)
    _show_counts(report)
    for school in report["schools"]:
        if school["stopped"] and not school["applied"]:
            click.echo(f"À confirmer : {school['name']}, {school['leaving']} départs sur {school['pupils']} élèves.")
    for anomaly in report["anomalies"][:20]:
        where = " ".join(part for part in (anomaly["file"], anomaly["entry"]) if part)
        click.echo(f"- {where} : {anomaly['sentence']}")
    if len(report["anomalies"]) > 20:
        click.echo(f"… et {len(report['anomalies']) - 20} autres lignes dans le compte rendu.")


def _show_counts(report: dict[str, Any]) -> None:
    titles = ("Créés", "Modifiés", "Fermés", "Rouverts", "Inchangés", "Anomalies")
    click.echo(f"{'':26}" + "".join(f"{title:>11}" for title in titles))
    for counts in report["counts"].values():
        numbers = [counts[key] for key in ("created", "changed", "closed", "reopened", "unchanged", "anomalies")]
        click.echo(f"{counts['label']:26}" + "".join(f"{number:>11}" for number in numbers))
