"""One folder of a PostgreSQL: its data, its settings, its journals, its passwords."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ent.core.postgres.account import Account, choose_account
from ent.core.postgres.errors import PostgresError
from ent.core.postgres.programs import find_programs, major_version

HOST = "127.0.0.1"
ADMIN, OWNER, SERVICE = "postgres", "ent_owner", "ent_service"

_ATTEMPTS = 6  # a port may be taken under our feet; the memory of a killed server may take a moment to be freed
_PATIENCE_S = 60

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # their paths are limited to 107 bytes
    "max_connections": "100",
    "shared_buffers": "128MB",
    "idle_in_transaction_session_timeout": "5min",
    "jit": "off",  # pages ask for little, and compiling costs more than it saves
    "timezone": "UTC",
    # One file per weekday, begun afresh a week later; no statement and no value in it: they may name people.
    "logging_collector": "on",
    "log_filename": "%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_timezone": "Europe/Paris",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_HBA = f"host all all {HOST}/32 scram-sha-256\n"


@dataclass(frozen=True)
class Postmaster:
    """The main process of a server that lives."""

    pid: int
    port: int


@dataclass(frozen=True)
class Cluster:
    """The folder ``home``, an absolute path without links; ``at`` makes one of any path."""

    home: Path

    @classmethod
    def at(cls, home: Path) -> "Cluster":
        """Raises PostgresError if the folder is another account's."""
        resolved = home.resolve()
        if resolved.exists() and os.geteuid() not in (0, resolved.stat().st_uid):
            raise PostgresError(
                f"Le dossier {resolved} appartient à un autre compte\u00a0: lancez le projet sous ce compte, "
                "ou déplacez-le pour repartir d’une base vide."
            )
        return cls(resolved)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def journals(self) -> Path:
        return self.home / "log"

    def passwords(self) -> dict[str, str]:
        """The password of each role. Raises PostgresError if they are lost."""
        try:
            return dict(json.loads((self.home / "passwords.json").read_text()))
        except FileNotFoundError:
            raise PostgresError(
                f"Le fichier {self.home / 'passwords.json'} a disparu\u00a0: remettez-le en place, ou déplacez "
                f"{self.home} pour repartir d’une base vide."
            ) from None

    def postmaster(self) -> Postmaster | None:
        """The server that lives on this data, answering or about to."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            found = Postmaster(pid=int(lines[0]), port=int(lines[3]))
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return found if _command_line(found.pid).endswith(f"/postgres -D {self.home}") else None

    def launch(self, *, durable: bool) -> None:
        """Create the data if there is none yet, then start the server; it outlives us."""
        programs = find_programs()
        self._create_folders()
        account = choose_account(self.data if self.data.exists() else self.journals)
        account.own(self.journals)
        account = account.reaching(self.journals, programs / "postgres")
        if not self.data.exists():
            self._create_data(account, programs)
        account.own(self.data)
        self._check_version(major_version(account, programs))
        for _ in range(_ATTEMPTS):
            if self.postmaster() is not None:
                return
            self._forget_stranger()
            self._write_settings(durable=durable)
            if self._start(account, programs):
                return
            time.sleep(0.2)
        raise PostgresError(f"PostgreSQL n’a pas démarré. Son journal dit\u00a0: {self._last_words()}")

    def _create_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)  # PostgreSQL's account passes through; what is inside guards itself
        self.journals.mkdir(mode=0o700, exist_ok=True)

    def _create_data(self, account: Account, programs: Path) -> None:
        """Beside its place first: an interrupted creation is never taken for a database."""
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        account.own(draft)
        passwords = {role: secrets.token_urlsafe(32) for role in (ADMIN, OWNER, SERVICE)}
        _write(self.home / "passwords.json", json.dumps(passwords), 0o600)
        slip = self.home / "passwords.initdb"
        _write(slip, passwords[ADMIN], 0o600)
        account.own(slip)
        try:
            done = account.run(
                programs / "initdb",
                f"--pgdata={draft}",
                f"--username={ADMIN}",
                f"--pwfile={slip}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
            )
        finally:
            slip.unlink()
        if done.returncode != 0:
            raise PostgresError(f"La base n’a pas pu être créée dans {self.home}\u00a0: {done.stderr.strip()}")
        draft.rename(self.data)

    def _check_version(self, major: str) -> None:
        created_by = (self.data / "PG_VERSION").read_text().strip()
        if created_by != major:
            raise PostgresError(
                f"Les données de {self.home} viennent de PostgreSQL {created_by}, or les programmes installés sont "
                f"ceux de PostgreSQL {major}. Indiquez par ENT_POSTGRES_BIN un dossier de programmes de la "
                f"version {created_by}, ou déplacez {self.home} pour repartir d’une base vide."
            )

    def _forget_stranger(self) -> None:
        """PostgreSQL clears the file of a dead server by itself, but not if another process now bears its number."""
        file = self.data / "postmaster.pid"
        try:
            os.kill(int(file.read_text().split("\n", 1)[0]), 0)
        except (OSError, ValueError):
            return
        file.unlink()

    def _write_settings(self, *, durable: bool) -> None:
        """Whole and anew at each start, outside the data: PostgreSQL's account cannot change them."""
        settings = _SETTINGS | {
            "data_directory": str(self.data),
            "log_directory": str(self.journals),
            "port": str(self._choose_port()),
        }
        if not durable:
            settings |= _NOT_DURABLE
        lines = ["# Written again at each start: see ent/core/postgres."]
        lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        _write(self.home / "postgresql.conf", "\n".join(lines) + "\n", 0o644)
        _write(self.home / "pg_hba.conf", _HBA, 0o644)
        _write(self.home / "pg_ident.conf", "", 0o644)

    def _choose_port(self) -> int:
        """The one of last time while it is free, else any."""
        settings = self.home / "postgresql.conf"
        last = re.search(r"^port = '(\d+)'", settings.read_text() if settings.exists() else "", re.MULTILINE)
        for port in [int(last[1]), 0] if last else [0]:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    continue
                return int(probe.getsockname()[1])
        raise PostgresError(f"Aucun port n’est libre sur {HOST}.")

    def _start(self, account: Account, programs: Path) -> bool:
        first_words = self.journals / "start.log"
        first_words.unlink(missing_ok=True)
        done = account.run(
            programs / "pg_ctl",
            "start",
            "--silent",
            f"--timeout={_PATIENCE_S}",
            f"--pgdata={self.home}",
            f"--log={first_words}",
        )
        return done.returncode == 0

    def _last_words(self) -> str:
        journals = sorted(self.journals.glob("*.log"), key=lambda file: file.stat().st_mtime)
        lines = [line for file in journals[-2:] for line in file.read_text(errors="replace").splitlines()]
        return " / ".join(lines[-4:]) or "(rien)"


def _command_line(pid: int) -> str:
    """Empty if no process bears this number, or a dead one nobody buried."""
    if sys.platform != "linux":
        return subprocess.run(  # noqa: S603 — a number, no shell
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.strip()
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).rstrip("\0").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _write(path: Path, text: str, mode: int) -> None:
    """All or nothing, and never readable by more people than ``mode`` says."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
    draft.replace(path)
