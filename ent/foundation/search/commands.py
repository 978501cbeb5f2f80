"""`ent search`."""

import click

from ent.core.cli import ent
from ent.foundation.schools.models import School
from ent.foundation.search.actions import refresh_schools


@ent.group()
def search() -> None:
    """L’index de la recherche."""


@search.command()
@click.option("--school", "uais", multiple=True, help="UAI d’un établissement\u00a0; par défaut, tous.")
def refresh(uais: tuple[str, ...]) -> None:
    """Remettre l’index à jour."""
    schools = School.objects.filter(uai__in=uais) if uais else School.objects.all()
    ids = list(schools.values_list("pk", flat=True))
    if len(ids) < len(set(uais)):
        raise click.ClickException("Un de ces UAI n’est celui d’aucun établissement.")
    refresh_schools(ids)
    click.echo(f"Établissements mis à jour\u00a0: {len(ids)}")
