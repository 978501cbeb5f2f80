"""`ent migrate`."""

import click
from django.core.management import call_command

from ent.core.cli import ent
from ent.foundation.schools.ownership import as_owner


@ent.command()
@click.option("--quiet", is_flag=True, help="Ne rien dire si tout va bien.")
def migrate(quiet: bool) -> None:
    """Créer ou mettre à jour les tables, leurs droits et leurs règles d’accès, comme propriétaire de la base."""
    with as_owner():
        call_command("migrate", interactive=False, verbosity=0 if quiet else 1)
