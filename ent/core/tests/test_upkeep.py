"""The tool says how the service is, and closes it for a while."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core import checks
from django.test import Client

from ent.core import commands, health
from ent.core.cli import ent

assert commands.upkeep


@pytest.fixture
def tool() -> CliRunner:
    return CliRunner()


def test_a_service_in_order_is_said_to_be(tool: CliRunner, db: None) -> None:
    said = tool.invoke(ent, ["check"])
    assert said.exit_code == 0, said.output
    assert "Base de données\u00a0: en ordre" in said.output
    report = json.loads(tool.invoke(ent, ["check", "--json"]).stdout)
    assert set(report["parts"].values()) == {"ok"}


def test_what_production_chose_not_to_do_is_no_fault(
    tool: CliRunner, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    preload = checks.Warning("SECURE_HSTS_PRELOAD is not set.", id="security.W021")
    monkeypatch.setattr(checks, "run_checks", lambda **options: [preload])
    assert tool.invoke(ent, ["check"]).exit_code == 0
    settings.SILENCED_SYSTEM_CHECKS = []
    assert "Réglages\u00a0: à corriger" in tool.invoke(ent, ["check"]).output


def test_migrations_to_apply_are_said_with_what_to_do(
    tool: CliRunner, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_last_migrations", lambda: frozenset({("directory", "9999_to_come")}))
    said = tool.invoke(ent, ["check"])
    assert said.exit_code == 1
    assert "Migrations\u00a0: à appliquer (ent migrate)" in said.output


def test_the_site_closes_says_until_when_and_opens_again(
    tool: CliRunner, client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MAINTENANCE_FILE = tmp_path / "var" / "maintenance"
    tool.invoke(ent, ["maintenance", "on", "--until", "6\u00a0h"])
    closed = client.get("/")
    assert closed.status_code == 503
    assert "6\u00a0h" in closed.content.decode()
    assert client.get("/healthz").status_code == 200
    tool.invoke(ent, ["maintenance", "off"])
    assert not settings.MAINTENANCE_FILE.exists()


def test_django_s_own_commands_stay_at_hand(tool: CliRunner) -> None:
    assert tool.invoke(ent, ["manage", "check", "--tag", "models"]).exit_code == 0
