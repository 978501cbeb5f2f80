"""With an antivirus, a file opens once it is found clean; without one, the state says so."""

import io
import json
import socketserver
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.cli import ent
from ent.core.errors import Refused
from ent.foundation.audit.models import Record
from ent.foundation.files import commands as _commands  # noqa: F401  (adds `ent files`)
from ent.foundation.files import tasks
from ent.foundation.files.actions import store_file
from ent.foundation.files.enums import ScanState
from ent.foundation.files.models import File
from ent.foundation.files.permissions import MIB
from ent.foundation.files.queries import antivirus, for_reader
from ent.foundation.files.queries.contents import content_path
from ent.foundation.files.tests.conftest import Talk
from ent.foundation.files.tests.samples import EICAR, PDF

pytestmark = pytest.mark.usefixtures("everything")
NOBODY = "tcp://127.0.0.1:9"


def store(content: bytes) -> File:
    return store_file(io.BytesIO(content), name="x.pdf", use="essays.note", school=None, owner=None, by=SYSTEM)


def state(file: File) -> str:
    file.refresh_from_db()
    return file.scan


def command(*words: str):
    return CliRunner().invoke(ent, ["files", *words])


def test_without_an_antivirus_a_file_is_said_not_examined_and_opens(settings) -> None:
    settings.CLAMD_ADDRESS = ""
    file = store(PDF)
    tasks.scan_waiting()
    assert state(file) == ScanState.OFF
    assert b"".join(for_reader(file)) == PDF
    assert "Antivirus\u00a0: inactif (ENT_CLAMD n’est pas défini)" in command("status").output


def test_a_file_waits_for_the_antivirus_and_then_opens(clamd) -> None:
    file = store(PDF)
    with pytest.raises(Refused, match="analyse ce fichier"):
        for_reader(file)
    tasks.scan_file(file.pk)
    assert state(file) == ScanState.CLEAN
    assert b"".join(for_reader(file)) == PDF


def test_a_stored_file_asks_for_its_scan(clamd) -> None:
    from django.db import connection

    file = store(PDF)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'files.scan_file'")
        assert [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor] == [{"file_id": file.pk}]


def test_an_infected_file_never_opens_and_is_in_the_journal(clamd, settings) -> None:
    file = store(PDF + bytes(300_000) + EICAR)
    tasks.scan_file(file.pk)
    assert state(file) == ScanState.INFECTED
    settings.CLAMD_ADDRESS = ""
    with pytest.raises(Refused, match="virus"):
        for_reader(file)
    record = Record.objects.get(action="files.note_scan")
    assert (record.action_label, record.details) == ("Virus trouvé dans un fichier", {"virus": "Eicar-Signature"})


def test_a_content_over_the_antivirus_s_own_limit_is_not_taken_for_clean(clamd) -> None:
    file = store(PDF + bytes(3 * MIB))
    tasks.scan_file(file.pk)
    assert state(file) == ScanState.FAILED
    with pytest.raises(Refused, match="n’a pas pu analyser"):
        for_reader(file)


def test_an_antivirus_that_is_away_is_asked_again_later(settings, clamd, caplog) -> None:
    address, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, NOBODY
    file = store(PDF)
    with pytest.raises(antivirus.Unreachable):
        tasks.scan_file(file.pk)
    tasks.scan_waiting()
    assert "does not answer" in caplog.text
    assert state(file) == ScanState.WAITING
    assert "injoignable" in command("status").output
    settings.CLAMD_ADDRESS = address
    tasks.scan_waiting()
    assert state(file) == ScanState.CLEAN


def test_files_stored_before_the_antivirus_are_examined_too_and_old_failures_left(settings, clamd) -> None:
    address, settings.CLAMD_ADDRESS = settings.CLAMD_ADDRESS, ""
    before, failed = store(PDF), store(PDF)
    days_ago = timezone.now() - timedelta(days=2)
    File.objects.filter(pk=failed.pk).update(scan=ScanState.FAILED, created_at=days_ago)
    settings.CLAMD_ADDRESS = address
    assert b"".join(for_reader(before)) == PDF
    tasks.scan_waiting()
    assert (state(before), state(failed)) == (ScanState.CLEAN, ScanState.FAILED)


def test_a_damaged_file_fails_its_scan(clamd) -> None:
    file, gone = store(PDF), store(PDF)
    content_path(file.path).write_bytes(b"x")
    content_path(gone.path).unlink()
    tasks.scan_waiting()
    assert state(file) == state(gone) == ScanState.FAILED


def test_a_file_deleted_meanwhile_is_no_error(clamd) -> None:
    tasks.scan_file(0)


def test_clamd_is_also_reached_by_its_unix_socket(settings, tmp_path: Path) -> None:
    path = str(tmp_path / "clamd")

    class UnixClamd(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        limit = MIB

    with UnixClamd(path, Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_ADDRESS = f"unix://{path}"
        assert antivirus.scan([PDF]).state == ScanState.CLEAN
        assert antivirus.scan([EICAR[:20], EICAR[20:]]).words == "Eicar-Signature"
        assert antivirus.version() == "ClamAV 1.4.2/27500"
        server.shutdown()


def test_the_state_and_the_check_are_told(clamd) -> None:
    file = store(PDF)
    report = json.loads(command("status", "--json").output)
    assert report == {"files": 1, "size": len(PDF), "antivirus": "ClamAV 1.4.2/27500", "scans": {"attente": 1}}
    assert "En cours d’analyse\u00a0: 1" in command("status").output
    assert command("check", "--deep").output == "0 fichiers abîmés, 0 contenus sans fichier.\n"
    content_path(file.path).write_bytes(b"x")
    said = command("check")
    assert said.exit_code == 1
    assert f"Fichier n° {file.pk}\u00a0: contenu absent ou abîmé." in said.output
    assert json.loads(command("check", "--json").output) == {"damaged": [file.pk], "strays": 0}
