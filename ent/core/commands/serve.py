"""`ent serve` and `ent worker`: the service itself."""

import hashlib
import os
import socket
import sys
from collections.abc import Callable, Iterable

import click
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from ent.core import jobs
from ent.core.cli import ent
from ent.core.registries import Registry
from ent.core.server import Part, Plan, say

# Longer than a page takes; a job that takes longer is handed over to the next worker.
PATIENCE_S = 30


# What an app serves beside the site, told the address and the port of the site.
companions: Registry[Callable[[str, int], Iterable[Part]]] = Registry("companions")


@ent.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d’écoute.")
@click.option("--port", type=int, envvar="PORT", default=8000, show_default=True, help="Port d’écoute.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processus web.")
@click.option("--threads", type=click.IntRange(1), default=4, show_default=True, help="Requêtes par processus.")
@click.option("--no-worker", is_flag=True, help="Sans le processus des tâches de fond.")
def serve(host: str, port: int, workers: int, threads: int, no_worker: bool) -> None:
    """Servir le site et exécuter les tâches de fond, jusqu’à Ctrl-C."""
    check_free(host, port)
    os.environ["PORT"] = str(port)
    collect_static()
    parts = [web(host, port, workers, threads)]
    parts += [part for start in companions for part in start(host, port)]
    if not no_worker:
        parts.append(Part("Le processus des tâches", [sys.executable, "-m", "ent", "worker"], PATIENCE_S))
    afterwards = [[sys.executable, "-m", "config.own_postgresql"]] if settings.MODE == "development" else []
    welcome(host, port)
    command = Plan(parts, afterwards).command()
    os.chdir(settings.PROJECT)
    # This process becomes the one that looks after the others: Django, loaded so far, leaves the memory.
    os.execv(command[0], command)  # noqa: S606 — a list of our own making, no shell


@ent.command()
@click.option("--concurrency", type=click.IntRange(1), default=2, show_default=True, help="Tâches à la fois.")
def worker(concurrency: int) -> None:
    """Exécuter les tâches de fond seulement, jusqu’à Ctrl-C."""
    jobs.run_worker(concurrency=concurrency)


def web(host: str, port: int, workers: int, threads: int) -> Part:
    """The web server: granian, whose workers each load config.wsgi."""
    options = {
        "interface": "wsgi",
        "host": host,
        "port": port,
        "workers": workers,
        "blocking-threads": threads,
        "workers-kill-timeout": PATIENCE_S - 5,
        "log-level": "warning",
    }
    named = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    flags = ["--no-ws", "--respawn-failed-workers"]
    return Part(
        "Le serveur web", [sys.executable, "-m", "granian", *named, *flags, "config.wsgi:application"], PATIENCE_S
    )


def check_free(host: str, port: int) -> None:
    """Raises `ClickException` where another program listens on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Le port {port} ne peut pas être ouvert ({error.strerror}). "
                "Arrêtez le programme qui l’occupe ou choisissez-en un autre avec --port."
            ) from error


def collect_static() -> None:
    """Gather the static files, compressed and named by their content, if any has changed since the last time."""
    seen = settings.STATIC_ROOT / ".seen"
    now = _fingerprint()
    if seen.exists() and seen.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    seen.write_text(now)


def _fingerprint() -> str:
    found = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            modified = storage.get_modified_time(path).timestamp()
            found.update(f"{path} {modified} {storage.size(path)}\n".encode())
    return found.hexdigest()


def welcome(host: str, port: int) -> None:
    shown = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0"} else host  # noqa: S104
    say(f"Mon ENT Touraine est ouvert\u00a0: http://{shown}:{port}")
    if settings.DEMO:
        say("Démonstration\u00a0: les personnes à incarner sont sur la page de connexion.")
    say("Ctrl-C pour arrêter.")
