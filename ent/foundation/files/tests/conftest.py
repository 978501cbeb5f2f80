"""A folder of their own for contents, two uses of files, and a false antivirus on the loopback."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from ent.foundation.files import permissions
from ent.foundation.files.enums import DOCUMENTS, IMAGES
from ent.foundation.files.permissions import MIB, FileUse
from ent.foundation.files.tests.samples import EICAR


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.FILES_FOLDER = tmp_path / "files"
    return settings.FILES_FOLDER


@pytest.fixture(autouse=True)
def uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """`essays.note` is read by its owner alone; `essays.passing` by everybody, for a month."""
    own = FileUse(
        label="Note", types=DOCUMENTS | IMAGES, can_read=lambda viewer, file: file.owner_account == viewer.account.pk
    )
    passing = FileUse(
        label="Passage",
        types=frozenset({"application/pdf"}),
        can_read=lambda viewer, file: True,
        max_size=2 * MIB,
        keep=timedelta(days=30),
    )
    monkeypatch.setitem(permissions.uses._items, "essays.note", own)
    monkeypatch.setitem(permissions.uses._items, "essays.passing", passing)


class Clamd(socketserver.ThreadingTCPServer):
    """Speaks enough of clamd's protocol, and finds EICAR's test file; a content over `limit` is cut off."""

    allow_reuse_address = True
    daemon_threads = True
    limit = MIB


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.4.2/27500\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(length)
            if len(content) > self.server.limit:  # type: ignore[attr-defined]
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")


@pytest.fixture
def clamd(settings) -> Iterator[SimpleNamespace]:
    """An antivirus that answers at `settings.CLAMD_ADDRESS`."""
    with Clamd(("127.0.0.1", 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.CLAMD_ADDRESS = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield SimpleNamespace(server=server)
        server.shutdown()
        thread.join()
