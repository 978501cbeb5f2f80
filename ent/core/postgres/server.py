"""Start, find and stop the server of a folder."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from ent.core.postgres import roles
from ent.core.postgres.cluster import HOST, OWNER, SERVICE, Cluster, Postmaster
from ent.core.postgres.errors import PostgresError

_PATIENCE_S = 60


@dataclass(frozen=True)
class Server:
    """A server that answers. The URLs hold passwords."""

    host: str
    port: int
    owner_url: str = field(repr=False)
    service_url: str = field(repr=False)
    started_here: bool = field(default=False, compare=False)
    """Whether this very call started it, rather than found it running."""


def start(home: Path, *, database: str = "ent", durable: bool = True) -> Server:
    """The running server of ``home``, started if need be, with its roles and ``database`` ready.

    It is detached: it outlives this process until ``stop``. ``durable=False``, for tests, trades safety against
    power cuts for speed; it changes nothing of a server found running. Raises PostgresError.
    """
    cluster = Cluster.at(home)
    with _alone(cluster):
        postmaster = _wait_for_answer(cluster)
        started_here = postmaster is None
        if postmaster is None:
            cluster.launch(durable=durable)
            postmaster = _wait_for_answer(cluster)
        if postmaster is None:
            raise PostgresError(f"PostgreSQL s’est arrêté aussitôt lancé\u00a0: voyez {cluster.journals}.")
        roles.prepare(postmaster.port, cluster.passwords(), database)
        return _server(cluster, postmaster, database, started_here=started_here)


def stop(home: Path) -> None:
    """Stop the server of ``home`` if it runs: transactions under way are rolled back, connections closed."""
    cluster = Cluster.at(home)
    if not cluster.home.exists():
        return
    with _alone(cluster):
        postmaster = cluster.postmaster()
        if postmaster is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(postmaster.pid, signal.SIGINT)  # PostgreSQL's « fast shutdown »
        deadline = time.monotonic() + _PATIENCE_S
        while cluster.postmaster() is not None:
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"PostgreSQL (processus {postmaster.pid}) ne s’arrête pas\u00a0: voyez {cluster.journals}."
                )
            time.sleep(0.02)


def status(home: Path, *, database: str = "ent") -> Server | None:
    """The server of ``home`` if it runs and answers, else None."""
    cluster = Cluster.at(home)
    postmaster = cluster.postmaster()
    if postmaster is None:
        return None
    try:
        roles.connect(postmaster.port, cluster.passwords()).close()
    except psycopg.OperationalError:
        return None
    return _server(cluster, postmaster, database)


@contextlib.contextmanager
def running(home: Path, *, database: str = "ent", durable: bool = True) -> Iterator[Server]:
    """``start`` for the length of a block; what was found running is left running."""
    server = start(home, database=database, durable=durable)
    try:
        yield server
    finally:
        if server.started_here:
            stop(home)


@contextlib.contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """One process at a time starts or stops; the lock falls with the process that holds it."""
    cluster.home.mkdir(parents=True, exist_ok=True)
    with (cluster.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wait_for_answer(cluster: Cluster) -> Postmaster | None:
    """The server once it answers; None if there is none, or if it dies meanwhile."""
    deadline = time.monotonic() + _PATIENCE_S
    while (postmaster := cluster.postmaster()) is not None:
        with contextlib.suppress(psycopg.OperationalError):
            roles.connect(postmaster.port, cluster.passwords()).close()
            return postmaster
        if time.monotonic() > deadline:
            raise PostgresError(
                f"PostgreSQL (processus {postmaster.pid}) tourne mais ne répond pas\u00a0: voyez {cluster.journals}."
            )
        time.sleep(0.05)
    return None


def _server(cluster: Cluster, postmaster: Postmaster, database: str, *, started_here: bool = False) -> Server:
    passwords = cluster.passwords()
    urls = {
        role: f"postgresql://{role}:{passwords[role]}@{HOST}:{postmaster.port}/{database}" for role in (OWNER, SERVICE)
    }
    return Server(HOST, postmaster.port, urls[OWNER], urls[SERVICE], started_here)
