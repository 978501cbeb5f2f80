"""`ent files …`: the state of the files and of the antivirus; the contents compared with the rows."""

import json
import sys

import click
from django.conf import settings
from django.db.models import Count, Sum

from ent.core.cli import ent
from ent.foundation.files.enums import ScanState
from ent.foundation.files.models import File
from ent.foundation.files.queries import antivirus
from ent.foundation.files.queries.contents import damaged_files, stray_contents
from ent.foundation.schools import scope


@ent.group()
def files() -> None:
    """Les fichiers déposés et leur antivirus."""


@files.command()
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def status(as_json: bool) -> None:
    """Dire combien de fichiers il y a, ce que l’antivirus en a dit, et s’il répond."""
    with scope.use(scope.EVERYTHING):
        number, size = File.objects.count(), File.objects.aggregate(total=Sum("size", default=0))["total"]
        by_state = dict(File.objects.values_list("scan").annotate(Count("pk")).order_by("scan"))
    report = {"files": number, "size": size, "antivirus": _antivirus(), "scans": by_state}
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(f"{number} fichiers, {size / 1024**3:.1f} Gio".replace(".", ","))
    click.echo(f"Antivirus\u00a0: {report['antivirus']}")
    for state, number in by_state.items():
        click.echo(f"{ScanState(state).label}\u00a0: {number}")


def _antivirus() -> str:
    if not settings.CLAMD_ADDRESS:
        return "inactif (ENT_CLAMD n’est pas défini)"
    try:
        return antivirus.version()
    except antivirus.Unreachable as error:
        return f"injoignable ({error})"


@files.command()
@click.option("--deep", is_flag=True, help="Déchiffrer aussi chaque contenu jusqu’au bout.")
@click.option("--json", "as_json", is_flag=True, help="En JSON.")
def check(deep: bool, as_json: bool) -> None:
    """Chercher les fichiers sans contenu ou abîmés. Sort en erreur s’il y en a."""
    with scope.use(scope.EVERYTHING):
        damaged = [file.pk for file in damaged_files(deep=deep)]
        strays = sum(1 for _ in stray_contents(older_than=0))
    if as_json:
        click.echo(json.dumps({"damaged": damaged, "strays": strays}))
    else:
        for pk in damaged:
            click.echo(f"Fichier n° {pk}\u00a0: contenu absent ou abîmé.")
        click.echo(f"{len(damaged)} fichiers abîmés, {strays} contenus sans fichier.")
    sys.exit(1 if damaged else 0)
