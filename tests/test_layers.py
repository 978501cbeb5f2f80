"""`.importlinter` holds the layers and the names of files: here is the proof that it would notice."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, somewhere else."""
    for folder in ("ent", "config"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    shutil.copy(PROJECT / ".importlinter", tmp_path)
    return tmp_path


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; "
    return subprocess.run(
        [sys.executable, "-P", "-c", command + "lint_imports_command()", "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_layers_hold(copy: Path) -> None:
    result = linted(copy)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    "stray", ["ent/portal/helpers.py", "ent/foundation/utils.py", "ent/core/common.py", "ent/directory/services.py"]
)
def test_a_file_of_another_name_fails(copy: Path, stray: str) -> None:
    (copy / stray).write_text("")
    result = linted(copy)
    assert result.returncode == 1
    assert stray.removesuffix(".py").replace("/", ".") in result.stdout


@pytest.mark.parametrize(
    ("module", "upper"),
    [
        ("ent/core/crypto.py", "ent.directory.models"),
        ("ent/foundation/schools/scope.py", "ent.foundation.accounts.models"),
        ("ent/directory/models/people.py", "ent.portal.views"),
        ("ent/directory/enums.py", "ent.directory.models"),
        ("ent/core/errors.py", "config.environment"),
    ],
)
def test_an_import_that_goes_up_fails(copy: Path, module: str, upper: str) -> None:
    file = copy / module
    file.write_text(f"import {upper}\n{file.read_text()}")
    result = linted(copy)
    assert result.returncode == 1
    assert module.removesuffix(".py").replace("/", ".") in result.stdout


def test_every_app_has_its_files_held() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(PROJECT / ".importlinter")
    held = {
        container.strip()
        for name in contracts.sections()
        if name.startswith("importlinter:contract:files")
        for container in contracts[name]["containers"].split()
    }
    # The demonstration is a generator of files, freely named; nothing imports it.
    assert {app.name for app in apps.get_app_configs() if app.name.startswith("ent.")} - {"ent.demo"} == held
