"""`ent`, the one command-line tool: each app adds its commands in `commands.py`."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = {"production": "config.settings.production", "development": "config.settings.dev"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def ent() -> None:
    """Mon ENT Touraine: serve it, feed it, look after it."""


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
        prepare()
    except click.ClickException as refusal:
        refusal.show()
        sys.exit(2)
    ent()
