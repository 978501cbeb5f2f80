"""`ent serve` keeps the web and the jobs alive, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ent.core import databases, health
from ent.core.server import Child, Part, Plan

PATIENCE_S = 40

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Service:
    """A real `ent serve` on a free port of this machine, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        url = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()
        ours = {"ENT_MODE": "development", "ENT_VAR": str(folder), "DATABASE_URL": url}
        hidden = {"DJANGO_SETTINGS_MODULE", "ENT_POSTGRES_HOME", "PORT"}
        self.environment = {name: value for name, value in os.environ.items() if name not in hidden} | ours

    def command(self) -> list[str]:
        return [sys.executable, "-m", "ent", "serve", "--port", str(self.port), "--workers", "1", "--threads", "2"]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command(), env=self.environment, stderr=subprocess.PIPE, text=True)

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except json.JSONDecodeError:
            return False

    def processes(self, word: str = "") -> list[int]:
        """Everything it started that lives, whose command line holds `word`."""
        return [pid for pid in _descendants(self.process.pid) if word in _command_line(pid)]


def _descendants(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(int(entry.name)) == pid:
            found += [int(entry.name), *_descendants(int(entry.name))]
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _alive(pid: int) -> bool:
    return _command_line(pid) != ""


def _wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


@pytest.fixture
def service(django_db_setup: None, django_db_blocker: object, tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path)
    running.start()
    try:
        _wait_until(running.answers, "the service to answer")
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
        running.process.wait(PATIENCE_S)


@linux_only
def test_the_service_answers_heals_and_leaves_nothing_behind(service: Service) -> None:
    assert service.get("/readyz") == (
        200,
        {"status": "ok", "parts": {"database": "ok", "migrations": "ok", "isolation": "ok", "jobs": "ok"}},
    )
    (worker,) = service.processes("-m ent worker")
    os.kill(worker, signal.SIGKILL)
    _wait_until(lambda: service.processes("-m ent worker") not in ([], [worker]), "another job worker")

    main, *_ = service.processes("granian")
    os.kill(main, signal.SIGKILL)
    _wait_until(lambda: not service.answers() or main not in service.processes(), "the web server to be gone")
    _wait_until(service.answers, "another web server")

    everything = service.processes()
    assert len(everything) >= 3
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(PATIENCE_S) == 0
    assert [pid for pid in everything if _alive(pid)] == []
    said = service.process.stderr.read()
    assert f"http://localhost:{service.port}" in said
    assert "page de connexion" in said
    assert "redémarrage" in said


@linux_only
def test_a_service_killed_outright_takes_its_processes_with_it(service: Service) -> None:
    everything = service.processes()
    service.process.kill()
    service.process.wait(PATIENCE_S)
    _wait_until(lambda: not any(map(_alive, everything)), "the web server and the worker to end")
    service.start()
    _wait_until(service.answers, "the service started again")


def test_a_port_already_taken_is_said_at_once(service: Service) -> None:
    second = subprocess.run(service.command(), env=service.environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"Le port {service.port} ne peut pas être ouvert" in second.stderr


def test_a_part_that_does_not_stop_is_killed_with_what_it_started() -> None:
    stubborn = Child(Part("Le têtu", ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], patience=0.3))
    time.sleep(0.2)
    stubborn.ask_to_stop()
    stubborn.wait(time.monotonic() + stubborn.part.patience)
    assert stubborn.process.returncode == -signal.SIGKILL


def test_a_part_that_keeps_dying_is_started_less_and_less_often() -> None:
    child = Child(Part("Le fragile", ["/bin/false"]))
    pauses = []
    for _ in range(3):
        child.process.wait()
        child.look_after()
        pauses.append(child.pause)
        child._start()
    assert pauses == [1, 2, 4]


def test_a_plan_crosses_from_one_process_to_another() -> None:
    plan = Plan([Part("Le serveur", ["/bin/true"], 3)], [["/bin/echo", "à «\u00a0demain\u00a0»"]])
    assert Plan.read(plan.command()[-1]) == plan


def test_health_needs_no_database(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("failing", "parts"),
    [
        (
            "database",
            {"database": "unreachable", "migrations": "unknown", "isolation": "unknown", "jobs": "unknown"},
        ),
        ("migrations", {"database": "ok", "migrations": "pending", "isolation": "ok", "jobs": "ok"}),
        ("isolation", {"database": "ok", "migrations": "ok", "isolation": "off", "jobs": "ok"}),
    ],
)
def test_readiness_names_the_part_that_fails(
    client: Client, django_db_setup: None, django_db_blocker: object, monkeypatch: pytest.MonkeyPatch,
    failing: str, parts: dict[str, str],
) -> None:  # fmt: skip
    if failing == "database":
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    elif failing == "isolation":
        owner = databases.from_url(settings.DATABASE_OWNER_URL)
        for name in ("USER", "PASSWORD"):
            monkeypatch.setitem(connection.settings_dict, name, owner[name])
    else:
        monkeypatch.setattr(health, "_last_migrations", lambda: frozenset({("directory", "9999_to_come")}))
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "parts": parts}
