"""`ent privacy`."""

import json
from pathlib import Path

import click
from django.db import models

from ent.core.actors import COMMAND
from ent.core.cli import ent
from ent.foundation.accounts.models import Account
from ent.foundation.privacy.actions import export_person
from ent.foundation.schools import scope


@ent.group()
def privacy() -> None:
    """Les données personnelles."""


@privacy.command()
@click.argument("who")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Fichier à créer.")
def export(who: str, output: Path | None) -> None:
    """Donner en JSON tout ce qui est conservé sur une personne.

    WHO est son identifiant de connexion ou, si elle n’a pas de compte, le numéro de sa fiche.
    """
    with scope.use(scope.EVERYTHING):
        person = _find(who)
        if person is None:
            raise click.ClickException("Personne n’a cet identifiant.")
        text = json.dumps(export_person(person, by=COMMAND), ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
        return
    try:
        output.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise click.ClickException(f"{output} existe déjà.") from None
    output.write_text(text + "\n")
    click.echo(f"Écrit dans {output}")


def _find(who: str) -> models.Model | None:
    """The person of an account, or of a number. Which model people are is known by its link to accounts alone."""
    people = Account._meta.get_field("person").related_model._base_manager
    found = people.filter(account__identifier__iexact=who).first()
    return people.filter(pk=int(who)).first() if found is None and who.isdecimal() else found
