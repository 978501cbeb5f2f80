"""What the documents name exists: the pages they link to, the commands they tell to type, the jobs they show."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from procrastinate.contrib.django import app

PROJECT = Path(__file__).resolve().parents[1]
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
ENT = re.compile(r"(?:`|^ +|\$ |bin/)ent ((?:[a-z]+)(?: [a-z]+)?)", re.MULTILINE)
MAKE = re.compile(r"`make ([a-z]+)")
JOB = re.compile(r"(?:enqueue\(|@job\(name=)\"([a-z.]+_[a-z_]+)\"")
# The commands of the tool, each group with its own.
TREE = """
from ent.core import cli
import django, json
from django.utils.module_loading import autodiscover_modules
django.setup()
autodiscover_modules("commands")
print(json.dumps({name: sorted(getattr(one, "commands", {})) for name, one in cli.ent.commands.items()}))
"""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_each_link_leads_somewhere(document: Path) -> None:
    assert [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()] == []


def test_each_command_of_the_documents_exists() -> None:
    done = subprocess.run([sys.executable, "-c", TREE], cwd=PROJECT, capture_output=True, text=True, check=True)
    commands: dict[str, list[str]] = json.loads(done.stdout)
    named = [(document.name, words) for document in DOCUMENTS for words in ENT.findall(document.read_text())]
    assert len(named) > 20
    assert [one for one in named if not _exists(one[1].split(), commands)] == []


def _exists(words: list[str], commands: dict[str, list[str]]) -> bool:
    group, *rest = words
    return group in commands and (not commands[group] or not rest or rest[0] in commands[group])


def test_each_target_of_make_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert {name for document in DOCUMENTS for name in MAKE.findall(document.read_text())} <= targets


def test_each_job_of_the_documents_is_declared() -> None:
    app.perform_import_paths()
    named = {name for document in DOCUMENTS for name in JOB.findall(document.read_text())}
    assert named
    assert named <= set(app.tasks)
