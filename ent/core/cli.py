"""`ent`, the one command-line tool: each app adds its commands in `commands.py`."""

import os
import re
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click
from django.core.exceptions import ImproperlyConfigured

from ent.core import crypto

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = {"production": "config.settings.production", "development": "config.settings.dev"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def ent() -> None:
    """Mon ENT Touraine: serve it, feed it, look after it."""


@ent.group()
def keys() -> None:
    """Les clés maîtresses, qui protègent ce qui est chiffré au repos."""


def _key_name(_: click.Context, __: click.Parameter, value: str | None) -> str:
    name = value or f"{datetime.now(UTC):%Y-%m-%d}"
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", name):
        raise click.BadParameter("de 1 à 32 lettres sans accent, chiffres, points ou tirets")
    return name


@keys.command()
@click.option("--name", callback=_key_name, help="Nom de la clé\u00a0; par défaut, la date du jour.")
def new(name: str) -> None:
    """Tirer une clé, à écrire en tête de ENT_MASTER_KEYS. Elle n’est enregistrée nulle part\u00a0: gardez-la."""
    click.echo(crypto.new_key(name))


def prepare() -> None:
    """Choose the settings, start the project's own PostgreSQL where none is named, load the apps' commands."""
    mode = os.environ.get("ENT_MODE", "")
    if not mode and os.environ.get("DATABASE_URL") and "DJANGO_SETTINGS_MODULE" not in os.environ:
        raise click.ClickException(
            "DATABASE_URL est défini sans ENT_MODE : indiquez ENT_MODE=production ou ENT_MODE=development."
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS.get(mode or "development", mode))
    sys.path.insert(0, str(PROJECT))
    if os.environ["DJANGO_SETTINGS_MODULE"] == SETTINGS["development"]:
        import_module("config.own_postgresql").provide()
    import_module("django").setup()
    import_module("django.utils.module_loading").autodiscover_modules("commands")


def main() -> None:
    """Entry point of the `ent` script."""
    try:
        if sys.argv[1:3] != ["keys", "new"]:  # the first key is drawn before there are settings to read
            prepare()
    except click.ClickException as refusal:
        refusal.show()
        sys.exit(2)
    except ImproperlyConfigured as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(2)
    ent()
