"""`ent check`, `ent maintenance` and `ent manage`."""

import json
import sys
from pathlib import Path

import click
from django.conf import settings
from django.core import checks
from django.core.management import execute_from_command_line

from ent.core import health
from ent.core.cli import ent

PARTS = {
    "settings": "Réglages",
    "database": "Base de données",
    "migrations": "Migrations",
    "isolation": "Cloison entre établissements",
    "jobs": "File des tâches",
}
STATES = {
    health.OK: "en ordre",
    "off": "absente (le service se connecte avec le rôle du propriétaire)",
    "pending": "à appliquer (ent migrate)",
    "unreachable": "injoignable",
    "unknown": "inconnu",
    "wrong": "à corriger",
}


@ent.command()
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def check(as_json: bool) -> None:
    """Vérifier les réglages, la base, les migrations et la file des tâches."""
    problems = checks.run_checks(include_deployment_checks=settings.MODE == "production")
    serious = [problem for problem in problems if problem.is_serious(checks.WARNING) and not problem.is_silenced()]
    parts = {"settings": "wrong" if serious else health.OK} | health.parts()
    if as_json:
        click.echo(json.dumps({"parts": parts, "problems": [str(problem) for problem in serious]}, ensure_ascii=False))
    else:
        for part, state in parts.items():
            click.echo(f"{PARTS[part]}\u00a0: {STATES[state]}")
        for problem in serious:
            click.echo(str(problem), err=True)
    sys.exit(0 if all(state == health.OK for state in parts.values()) else 1)


@ent.group()
def maintenance() -> None:
    """Fermer le site le temps d’une mise à jour, puis le rouvrir."""


@maintenance.command("on")
@click.option("--until", default="", help="Heure prévue du retour, telle que la page la dit\u00a0: « 6 h ».")
def maintenance_on(until: str) -> None:
    """Fermer\u00a0: chacun voit la page de maintenance."""
    file = Path(settings.MAINTENANCE_FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(until)
    click.echo("Le site est fermé pour maintenance.")


@maintenance.command("off")
def maintenance_off() -> None:
    """Rouvrir."""
    Path(settings.MAINTENANCE_FILE).unlink(missing_ok=True)
    click.echo("Le site est ouvert.")


@ent.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Lancer une commande de Django («\u00a0ent manage help\u00a0» les liste)."""
    execute_from_command_line(["ent manage", *arguments])
