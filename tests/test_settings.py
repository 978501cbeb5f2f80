"""Production starts only when it is whole, says what it lacks, and the README names every setting."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

KEY = "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtMTI="
WHOLE = {
    "ENT_SECRET_KEY": "a-long-secret-of-this-test-0123456789-abcdefghijk",
    "ENT_MASTER_KEYS": f"test:{KEY}",
    "ENT_HOSTS": "ent.example",
    "ENT_URL": "https://ent.example",
    "DATABASE_URL": "postgresql://service@127.0.0.1:1/ent",
}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process of its own."""
    given = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production"} | environment
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=PROJECT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_when_it_is_whole() -> None:
    done = start(**WHOLE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["ENT_SECRET_KEY", "ENT_MASTER_KEYS", "ENT_HOSTS", "DATABASE_URL"])
def test_production_refuses_to_start_without(missing: str) -> None:
    done = start(**{name: value for name, value in WHOLE.items() if name != missing})
    assert done.returncode != 0
    assert f"{missing} must be set" in done.stderr


@pytest.mark.parametrize("value", ["changeme", "secret", "short", "development"])
def test_production_refuses_a_default_or_short_secret(value: str) -> None:
    done = start(**WHOLE | {"ENT_SECRET_KEY": value})
    assert done.returncode != 0
    assert "ENT_SECRET_KEY must be set to a secret" in done.stderr
    assert f"“{value}”" not in done.stderr


@pytest.mark.parametrize("value", ["no-name-at-all", "name:dG9vLXNob3J0", "name:%%%"])
def test_production_refuses_a_master_key_that_is_none(value: str) -> None:
    done = start(**WHOLE | {"ENT_MASTER_KEYS": value})
    assert done.returncode != 0
    assert "ENT_MASTER_KEYS" in done.stderr


@pytest.mark.parametrize("value", ["no-name-at-all", "short:QUJD", f"a:{KEY},a:{KEY}", f"local:{KEY}"])
@pytest.mark.parametrize("arguments", [["keys", "status"], ["check"]])
def test_development_refuses_a_master_key_that_is_none_in_one_line(
    tmp_path: Path, value: str, arguments: list[str]
) -> None:
    done = run_ent(arguments, ENT_VAR=str(tmp_path), ENT_MASTER_KEYS=value)
    assert done.returncode == 2
    assert done.stderr == "ENT_MASTER_KEYS takes name:base64 items, each of 32 bytes, no name twice.\n"


def run_ent(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `ent` in development, with a database that is not there."""
    given = {"PATH": os.environ["PATH"], "ENT_MODE": "development", "DATABASE_URL": WHOLE["DATABASE_URL"]} | environment
    return subprocess.run(
        [sys.executable, "-m", "ent", *arguments], cwd=PROJECT, env=given, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("value", ["1", "3", "-1"])
def test_a_pool_too_small_for_an_import_is_refused_in_every_mode(tmp_path: Path, value: str) -> None:
    sentence = f"ENT_DATABASE_POOL must be at least 4, which an import takes, or 0 for no pool, not {value}"
    production = start(**WHOLE | {"ENT_DATABASE_POOL": value})
    assert production.returncode != 0
    assert sentence in production.stderr
    development = run_ent(["check"], ENT_VAR=str(tmp_path), ENT_DATABASE_POOL=value)
    assert development.returncode == 2
    assert development.stderr == f"The service does not start: {sentence}.\n"


@pytest.mark.parametrize("value", ["0", "4"])
def test_a_pool_of_four_or_none_is_enough(value: str) -> None:
    assert start(**WHOLE | {"ENT_DATABASE_POOL": value}).returncode == 0


@pytest.mark.parametrize("value", ["*", "ent.example,*", "*.example"])
def test_production_refuses_to_answer_to_any_host(value: str) -> None:
    done = start(**WHOLE | {"ENT_HOSTS": value})
    assert done.returncode != 0
    assert "ENT_HOSTS must name the hosts one by one" in done.stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "ENT_URL must be set to the public address"),
        ("http://localhost:8000", "ENT_URL must be set to the public address"),
        ("http://ent.example", "ENT_URL must be set to the public address"),
        ("ent.example", "ENT_URL must be set to the public address"),
        ("https://", "ENT_URL must be set to the public address"),
        ("https://ent.example/accueil", "ENT_URL must be a bare address"),
        ("https://elsewhere.example", "ENT_URL must be at one of the hosts of ENT_HOSTS"),
        ("https://ent.example.invalid", "ENT_URL must be at one of the hosts of ENT_HOSTS"),
    ],
)
def test_production_refuses_an_address_that_is_not_its_own(url: str, sentence: str) -> None:
    done = start(**WHOLE | {"ENT_URL": url})
    assert done.returncode != 0
    assert sentence in done.stderr


def test_production_without_its_address_does_not_start_at_that_of_development() -> None:
    done = start(**{name: value for name, value in WHOLE.items() if name != "ENT_URL"})
    assert done.returncode != 0
    assert "ENT_URL must be set" in done.stderr


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("ent.example,www.ent.example", "https://www.ent.example/"),
        ("ent.example", "https://ENT.example:8443"),
        (".ent.example", "https://tours.ent.example"),
    ],
)
def test_production_starts_at_any_of_its_hosts(hosts: str, url: str) -> None:
    done = start(**WHOLE | {"ENT_HOSTS": hosts, "ENT_URL": url})
    assert done.returncode == 0, done.stderr


def test_all_that_is_missing_is_said_at_once() -> None:
    done = start()
    assert done.returncode != 0
    for name in ("ENT_SECRET_KEY", "ENT_MASTER_KEYS", "ENT_HOSTS", "ENT_URL", "DATABASE_URL"):
        assert name in done.stderr


def test_a_number_that_is_none_is_refused() -> None:
    done = start(**WHOLE, ENT_UPLOAD_LIMIT_MIB="beaucoup")
    assert done.returncode != 0
    assert "ENT_UPLOAD_LIMIT_MIB must be a whole number" in done.stderr


def test_production_knows_no_demonstration() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from django.conf import settings; from django.apps import apps;"
            " print(settings.MODE, settings.DEMO, settings.DEBUG, apps.is_installed('ent.demo'))",
        ],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production", "ENT_DEMO": "1"}
        | WHOLE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["production", "False", "False", "False"]


READ = re.compile(
    r'env\.(?:text|flag|number|items|secret|required)\(\s*"([A-Z_]+)"|environ(?:\.get\(|\[)["\']([A-Z_]+)["\'](?!\]\s*=)'
)


def test_the_readme_names_every_setting_and_no_other() -> None:
    files = [file for folder in ("config", "ent") for file in (PROJECT / folder).rglob("*.py")]
    texts = [file.read_text() for file in files if "tests" not in file.parts]
    read = {first or second for text in texts for first, second in READ.findall(text)}
    listed = set(re.findall(r"^\| `([A-Z_]+)`", (PROJECT / "README.md").read_text(), re.MULTILINE))
    assert read == listed
