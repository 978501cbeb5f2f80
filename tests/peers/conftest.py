"""Starts the providers that are not ours; each is skipped where it is missing, and CI fails on that."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.providers import OURS, keys_named, our_address, running_letter_box, saml  # noqa: F401

HERE = Path(__file__).parent
SIMPLESAMLPHP = Path("/usr/share/simplesamlphp/www")
CLIENT_ID, CLIENT_SECRET = "mon-ent", secrets.token_urlsafe(24)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("peer")
            item.add_marker(pytest.mark.xdist_group("peers"))


@dataclass(frozen=True)
class Peer:
    """A provider that runs: its address, its folder, and what its server has sent to ours."""

    url: str
    folder: Path
    letters: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def simplesamlphp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """Debian's SimpleSAMLphp under PHP's own server."""
    if not SIMPLESAMLPHP.is_dir() or not shutil.which("php"):
        pytest.skip("SimpleSAMLphp manque : voir « make test »")
    folder = tmp_path_factory.mktemp("simplesamlphp")
    (folder / "tmp").mkdir()
    keys = keys_named("simplesamlphp")
    (folder / "key.pem").write_text(keys.private)
    (folder / "key.crt").write_text(keys.certificate)
    (folder / "service.json").write_text(json.dumps(dict.fromkeys(("entity_id", "answer_url", "sign_out_url"), "x")))
    (folder / "people.json").write_text("{}")
    (folder / "binding").write_text(saml.REDIRECT)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "PATH": os.environ["PATH"],
        "SIMPLESAMLPHP_CONFIG_DIR": str(HERE / "simplesamlphp"),
        "PEER_URL": url,
        "PEER_FOLDER": str(folder),
        "PEER_SALT": secrets.token_hex(16),
    }
    command = ["php", "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", str(SIMPLESAMLPHP)]
    yield from running(command, env, folder, Peer(url, folder), f"{url}/saml2/idp/metadata.php")


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """npm's oidc-provider."""
    if not (HERE / "node_modules" / "oidc-provider").is_dir() or not shutil.which("node"):
        pytest.skip("oidc-provider manque : voir « make test »")
    folder = tmp_path_factory.mktemp("op")
    port = free_port()
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"{OURS}/connexion/externe/academie/retour/"],
        "post_logout_redirect_uris": [f"{OURS}/connexion/externe/academie/deconnexion/"],
        "backchannel_logout_uri": f"{OURS}/connexion/externe/academie/deconnexion-directe/",
        "backchannel_logout_session_required": True,
    }
    people = {
        "fabre": {
            "given_name": "Hélène",
            "family_name": "Fabre",
            "email": "mme.fabre@ent.example",
            "email_verified": True,
        }
    }
    with running_letter_box() as box:
        env = {
            "PATH": os.environ["PATH"],
            "PEER_PORT": str(port),
            "PEER_LETTER_BOX": box.url,
            "PEER_CLIENT": json.dumps(client),
            "PEER_PEOPLE": json.dumps(people),
            "PEER_SALT": secrets.token_hex(16),
        }
        url = f"http://127.0.0.1:{port}"
        peer = Peer(url, folder, box.letters)
        yield from running(["node", str(HERE / "op.mjs")], env, folder, peer, f"{url}/.well-known/openid-configuration")


def running(command: list[str], env: dict[str, str], folder: Path, peer: Peer, ready: str) -> Iterator[Peer]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not _answers(ready):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.2)
        yield peer
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=5).status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
