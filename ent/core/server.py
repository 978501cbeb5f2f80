"""Keeps the processes of the service alive side by side: the web server and the job worker.

Run as a process of its own, `python -m ent.core.server PLAN`, and small: it loads neither Django nor the database.
SIGTERM or SIGINT stops everything cleanly; a child that dies is started again. Each child leads a process group,
so that what it leaves behind when it is killed can be ended too; on Linux it is told to stop when we are killed.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field

_PR_SET_PDEATHSIG = 1  # prctl.h
YOUNG_S = 10
LONGEST_PAUSE_S = 30


@dataclass(frozen=True)
class Part:
    """A process to keep alive; told to stop, it has `patience` seconds before it is killed."""

    name: str
    command: list[str]
    patience: float = 30


@dataclass(frozen=True)
class Plan:
    """What to keep alive, and the commands to run once all of it has stopped."""

    parts: list[Part]
    afterwards: list[list[str]] = field(default_factory=list)

    def command(self) -> list[str]:
        """The command that carries the plan out."""
        return [sys.executable, "-m", "ent.core.server", json.dumps(asdict(self))]

    @classmethod
    def read(cls, text: str) -> "Plan":
        plan = json.loads(text)
        return cls([Part(**part) for part in plan["parts"]], plan["afterwards"])


class Child:
    """One part's process, past and present."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.pause = 0.0
        self._start()

    def _start(self) -> None:
        parent = os.getpid()
        self.started = time.monotonic()
        self.again_at: float | None = None
        self.process = subprocess.Popen(  # noqa: S603 — a list of our own making, no shell
            self.part.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: _die_with(parent),
        )

    def look_after(self) -> None:
        """Start it again if it has died; one that keeps dying young is started less and less often."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if self.again_at is None:
            self._end_group()
            young = now - self.started < YOUNG_S
            self.pause = min(max(self.pause * 2, 1), LONGEST_PAUSE_S) if young else 0
            self.again_at = now + self.pause
            say(f"{self.part.name} s’est arrêté (code {self.process.returncode})\u00a0: redémarrage.")
        if now >= self.again_at:
            self._start()

    def ask_to_stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end, then kill what is left of it."""
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{self.part.name} n’a pas fini à temps\u00a0: son travail sera repris au prochain démarrage.")
        self._end_group()
        self.process.wait()

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def carry_out(plan: Plan) -> None:
    """Keep the parts alive until SIGTERM or SIGINT, then stop them all."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(part) for part in plan.parts]
    while not stop.wait(0.5):
        for child in children:
            child.look_after()
    asked = time.monotonic()
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.wait(asked + child.part.patience)
    for command in plan.afterwards:
        subprocess.run(command, check=False)  # noqa: S603


def say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _die_with(parent: int) -> None:
    """In the child, between fork and exec: be told to stop when the parent is killed."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    carry_out(Plan.read(sys.argv[1]))
