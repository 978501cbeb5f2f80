"""`ent import aaf` and `csv`, `ent schools load`, `ent years prepare` and `open`, `ent officers add`."""

import json
from pathlib import Path
from typing import Any

import click

from ent.core.actors import COMMAND, Actor
from ent.core.cli import ent
from ent.core.errors import Refused
from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.actions.delegations import name_officer
from ent.directory.actions.establishments import load_calendar, load_establishments
from ent.directory.actions.import_decisions import agree
from ent.directory.actions.years import open_year, prepare_year
from ent.directory.enums import RunState
from ent.directory.imports.csv import running as csv
from ent.directory.imports.csv.people import BROUGHT
from ent.directory.imports.problems import SourceRefused
from ent.directory.models import ImportRun, Person
from ent.directory.queries.imports import report_of, stopped_schools
from ent.foundation.schools import scope
from ent.foundation.schools.models import School


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
        click.echo(f"Établissements ajoutés : {added['schools']}. Dates ajoutées au calendrier : {added['days']}.")


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
    """Importer des fichiers AAF : fichiers, dossiers ou archives .tgz et .zip."""
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


@import_group.command(name="csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "uai", metavar="UAI", required=True, help="L’établissement dont le fichier parle.")
@click.option("--profile", type=click.Choice(BROUGHT), default=None, help="Profil des lignes qui n’en donnent pas.")
@click.option("--close-missing", is_flag=True, help="Fermer ceux qu’un fichier avait apportés et qui n’y sont plus.")
@click.option("--preview", is_flag=True, help="Montrer ce qui changerait, sans rien appliquer.")
@click.option("--force", metavar="RAISON", default="", help="Appliquer même au-delà du seuil, pour cette raison.")
@click.option("--json", "as_json", is_flag=True, help="Rendre le compte rendu en JSON.")
def csv_file(
    file: Path, uai: str, profile: str | None, close_missing: bool, preview: bool, force: str, as_json: bool
) -> None:
    """Importer le fichier CSV d’un établissement, ses colonnes étant reconnues à leur nom et à leur contenu."""
    [school] = _schools(uai) or []
    try:
        run = csv.take_file(file, school, profile=profile or "", close_missing=close_missing, by=COMMAND)
        if not preview and run.state != RunState.FAILED:
            agree(run, force, by=COMMAND)
            csv.apply(run.pk)
    except (SourceRefused, Refused) as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    with scope.use(scope.EVERYTHING):
        run.refresh_from_db()
    show(run, as_json)
    if run.state == RunState.FAILED:
        raise SystemExit(1)


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
    if as_json or not _agreed():
        return run
    return tasks.apply(run.pk, by=by)


def _agreed() -> bool:
    """Ask whether to apply. Nobody to answer, as in a planned task, is a no."""
    try:
        answer: str = click.prompt("Appliquer ? (oui ou non)", default="non", show_default=False, err=True)
    except click.Abort:
        answer = ""
    if answer.strip().lower() in {"o", "oui"}:
        return True
    click.echo("Rien n’est appliqué : l’aperçu attend une décision, à la page des imports ou par --yes.", err=True)
    return False


def show(run: ImportRun, as_json: bool) -> None:
    """Print the report of a run."""
    with scope.use(scope.EVERYTHING):
        report = report_of(run)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    click.echo(f"Import n° {run.pk} : {run.get_state_display()}")
    if run.failure:
        click.echo(run.failure)
    _show_counts(report)
    for school in report["schools"]:
        if school["stopped"] and not school["applied"]:
            click.echo(f"À confirmer : {school['name']}, {school['leaving']} départs sur {school['pupils']} élèves.")
    for anomaly in report["anomalies"][:20]:
        where = " ".join(part for part in (anomaly["file"], anomaly["entry"]) if part)
        click.echo(f"- {where} : {anomaly['sentence']}")
    if len(report["anomalies"]) > 20:
        click.echo(f"… et {len(report['anomalies']) - 20} autres lignes dans le compte rendu.")


def _show_counts(report: dict[str, Any]) -> None:
    titles = ("Créés", "Modifiés", "Fermés", "Rouverts", "Inchangés", "Anomalies")
    click.echo(f"{'':36}" + "".join(f"{title:>11}" for title in titles))
    for counts in report["counts"].values():
        numbers = [counts[key] for key in ("created", "changed", "closed", "reopened", "unchanged", "anomalies")]
        click.echo(f"{counts['label']:36}" + "".join(f"{number:>11}" for number in numbers))


@ent.group()
def years() -> None:
    """Les années scolaires : préparer la suivante, l’ouvrir."""


UAI = click.option("--school", "uai", metavar="UAI", default="", help="Un seul établissement ; sinon tous.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Rendre le compte en JSON.")


@years.command()
@UAI
@AS_JSON
def prepare(uai: str, as_json: bool) -> None:
    """Préparer l’année suivante et ses périodes, là où elle ne l’est pas."""
    _show_turned(tasks.turn_years(prepare_year, by=COMMAND, schools=_schools(uai)), as_json)


@years.command(name="open")
@UAI
@AS_JSON
def open_(uai: str, as_json: bool) -> None:
    """Ouvrir l’année préparée : la précédente est close et reste lisible."""
    _show_turned(tasks.turn_years(open_year, by=COMMAND, schools=_schools(uai)), as_json)


def _schools(uai: str) -> list[School] | None:
    if not uai:
        return None
    with scope.use(scope.EVERYTHING):
        found = list(School.objects.filter(uai=uai.upper()))
    if not found:
        raise click.ClickException(f"Aucun établissement n’a l’UAI {uai}.")
    return found


def _show_turned(turned: list[tasks.Turned], as_json: bool) -> None:
    """Say what became of each school; exit with an error where one was refused."""
    lines = [
        {"uai": t.school.uai, "school": t.school.name, "year": t.year.label if t.year else "", "refusal": t.refusal}
        for t in turned
    ]
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(f"{line['uai']} {line['school']} : {line['year'] or line['refusal']}")
        click.echo(f"Établissements : {len(lines)}.")
    if any(line["refusal"] for line in lines):
        raise SystemExit(3)


@ent.group()
def officers() -> None:
    """L’équipe régionale."""


@officers.command()
@click.option("--first-name", required=True, help="Prénom.")
@click.option("--last-name", required=True, help="Nom.")
@click.option("--email", default="", help="Courriel.")
@AS_JSON
def add(first_name: str, last_name: str, email: str, as_json: bool) -> None:
    """Ajouter une personne à l’équipe régionale ; son mot de passe provisoire n’est montré qu’ici."""
    person, password = name_officer(Person(first_name=first_name, last_name=last_name, email=email), by=COMMAND)
    login = person.account.identifier if person.account else ""
    if as_json:
        click.echo(json.dumps({"identifier": login, "password": password}))
    else:
        click.echo(f"Identifiant : {login}\nMot de passe provisoire : {password}")
