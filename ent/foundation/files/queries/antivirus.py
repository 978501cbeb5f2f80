"""ClamAV's daemon, asked through its own protocol (clamd(8), INSTREAM)."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from ent.foundation.files.enums import ScanState

TIMEOUT = 60


class Unreachable(Exception):
    """No antivirus answers at `settings.CLAMD_ADDRESS`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`state` is CLEAN, INFECTED or FAILED; `words` name the virus, or why it failed."""

    state: ScanState
    words: str


def scan(parts: Iterable[bytes]) -> Answer:
    """Have a content examined as it is read. Raises `Unreachable`."""
    with _clamd() as clamd:
        with suppress(BrokenPipeError, ConnectionResetError):  # clamd hangs up on a content over its limit
            clamd.sendall(b"zINSTREAM\0")
            for part in parts:
                clamd.sendall(len(part).to_bytes(4, "big") + part)
            clamd.sendall(bytes(4))
        return _understand(_reply(clamd))


def version() -> str:
    """What ClamAV says of itself and its signatures. Raises `Unreachable`."""
    with _clamd() as clamd:
        clamd.sendall(b"zVERSION\0")
        return _reply(clamd)


def _understand(reply: str) -> Answer:
    said = reply.removeprefix("stream: ")
    if said == "OK":
        return Answer(ScanState.CLEAN, "")
    if said.endswith(" FOUND"):
        return Answer(ScanState.INFECTED, said.removesuffix(" FOUND"))
    return Answer(ScanState.FAILED, said.removesuffix(" ERROR"))


@contextmanager
def _clamd() -> Iterator[socket.socket]:
    try:
        with _connect() as clamd:
            yield clamd
    except OSError as error:
        raise Unreachable(str(error)) from error


def _connect() -> socket.socket:
    """`tcp://host:3310` or `unix:///run/clamav/clamd.ctl`."""
    address = urlsplit(settings.CLAMD_ADDRESS)
    if address.scheme == "tcp":
        return socket.create_connection((address.hostname or "localhost", address.port or 3310), TIMEOUT)
    clamd = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    clamd.settimeout(TIMEOUT)
    clamd.connect(address.path)
    return clamd


def _reply(clamd: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < 4096:
        more = clamd.recv(4096)
        if not more:
            break
        said += more
    return said.rstrip(b"\0").decode(errors="replace").strip()
