"""Master keys change while the service runs: nothing becomes unreadable, and nothing stays under the old key."""

import json

import pytest
from click.testing import CliRunner, Result
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import F

from ent.core import crypto, fields
from ent.core.cli import ent
from ent.foundation.audit import commands as _commands  # noqa: F401  (adds `ent keys status` and `rotate`)
from ent.foundation.audit.models import Record, SealingKey
from ent.foundation.audit.tests.conftest import run
from ent.foundation.schools import scope

COLUMN = fields.SealedColumn("audit_sealingkey", "secret", "id")


def command(*words: str) -> Result:
    return CliRunner().invoke(ent, ["keys", *words])


def make_values(count: int) -> None:
    SealingKey.objects.bulk_create(SealingKey(born_under="x", secret=bytes([rank])) for rank in range(count))


def under() -> dict[str, int]:
    with scope.use(scope.EVERYTHING):
        return fields.count_by_key(COLUMN)


@pytest.fixture
def five_values_under_an_old_key(committed: None, settings) -> None:
    with scope.use(scope.EVERYTHING):
        make_values(5)
    settings.MASTER_KEYS = [crypto.new_key("fresh"), *settings.MASTER_KEYS]


def test_every_encrypted_column_is_found() -> None:
    assert COLUMN in set(fields.sealed_columns())


def test_a_rotation_leaves_nothing_under_the_old_key_which_may_then_go(five_values_under_an_old_key, settings) -> None:
    done = command("rotate")
    assert done.exit_code == 0
    assert done.output == "5 valeurs rechiffrées sous la clé « fresh ».\n"
    assert under() == {"fresh": 5}
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    with scope.use(scope.EVERYTHING):
        assert [key.secret for key in SealingKey.objects.order_by("pk")] == [bytes([rank]) for rank in range(5)]
        row = Record.objects.get()
    assert (row.action, row.actor_label) == ("audit.rotate_keys", "Ligne de commande")
    assert row.details == {"key": "fresh", "values": {"audit_sealingkey.secret": 5}}
    assert command("rotate").output == "0 valeurs rechiffrées sous la clé « fresh ».\n"


def test_a_value_that_is_absent_is_passed_over(everything: None) -> None:
    apps.get_model("directory.Person").objects.create(last_name="Moreau", first_name="Inès", ine=None)
    assert fields.reseal_batch(fields.SealedColumn("directory_person", "ine", "id")) == fields.Resealed(0, None)


def test_a_rotation_cut_short_goes_on_where_it_was(five_values_under_an_old_key, monkeypatch) -> None:
    whole = fields.reseal_batch
    calls = []

    def two_at_a_time(column, *, after):
        calls.append(after)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(column, after=after, size=2)

    monkeypatch.setattr(fields, "reseal_batch", two_at_a_time)
    columns = [COLUMN]
    monkeypatch.setattr(fields, "sealed_columns", lambda: columns)
    assert command("rotate").exit_code == 1
    assert under() == {"fresh": 4, "test": 1}
    with scope.use(scope.EVERYTHING):
        assert Record.objects.get().details["values"] == {"audit_sealingkey.secret": 4}
    assert command("rotate").output.startswith("1 valeurs")
    assert under() == {"fresh": 5}


def test_a_value_that_changes_meanwhile_is_kept(five_values_under_an_old_key, monkeypatch) -> None:
    """Another process writes between the moment rotation reads a value and the moment it writes it back."""
    seal = crypto.seal

    def seal_after_the_other(plain: bytes, *, purpose: bytes) -> bytes:
        monkeypatch.setattr(crypto, "seal", seal)
        SealingKey.objects.filter(pk=F("pk")).update(secret=b"newer")
        return seal(plain, purpose=purpose)

    monkeypatch.setattr(crypto, "seal", seal_after_the_other)
    with scope.use(scope.EVERYTHING):
        assert fields.reseal_batch(COLUMN).done == 0
        assert {key.secret for key in SealingKey.objects.all()} == {b"newer"}


@pytest.mark.parametrize("damage", ["'\\x'", "'\\x01'", "'\\x01ffff'", "'\\x0104f4657374'", "secret || '\\x00'"])
def test_a_damaged_value_is_named_and_stops_nothing(five_values_under_an_old_key, damage: str) -> None:
    with scope.use(scope.EVERYTHING):
        first = SealingKey.objects.order_by("pk").values_list("pk", flat=True)[0]
        run(f"UPDATE audit_sealingkey SET secret = {damage}::bytea WHERE id = %s", first)
    done = command("rotate")
    assert done.exit_code == 1
    assert f"audit_sealingkey.secret, ligne {first}\u00a0: ne s’ouvre pas." in done.output
    assert "1 valeurs illisibles" in done.output
    assert under()["fresh"] == 4


def test_the_state_of_the_keys_is_told(five_values_under_an_old_key, settings) -> None:
    said = command("status").output
    assert "fresh (courante)\u00a0: 0 valeurs" in said
    assert "test (ancienne)\u00a0: 5 valeurs" in said
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    assert "test (ABSENTE de ENT_MASTER_KEYS)\u00a0: 5 valeurs" in command("status").output
    report = json.loads(command("status", "--json").output)
    assert (report["current"], report["known"], report["values"]) == ("fresh", ["fresh"], {"test": 5})
    assert report["columns"]["audit_sealingkey.secret"] == {"test": 5}


def test_a_new_key_is_in_the_form_of_the_setting(settings) -> None:
    printed = command("new", "--name", "rentree-2027").output.strip()
    settings.MASTER_KEYS = [printed]
    assert crypto.unseal(crypto.seal(b"x", purpose=b"p"), purpose=b"p") == b"x"
    assert crypto.current_key_name() == "rentree-2027"
    assert command("new").output != command("new").output
    assert command("new", "--name", "é:").exit_code == 2


def test_an_encrypted_column_holds_nothing_readable_and_cannot_be_searched(everything: None) -> None:
    SealingKey.objects.create(born_under="x", secret=b"Malo Moreau")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM audit_sealingkey")
        assert b"Malo" not in bytes(cursor.fetchone()[0])
    for lookup in ("secret", "secret__in", "secret__contains"):
        with pytest.raises(FieldError, match="encrypted"):
            SealingKey.objects.filter(**{lookup: b"Malo Moreau"}).exists()
    assert not SealingKey.objects.filter(secret__isnull=True).exists()


def test_a_value_moved_to_another_column_does_not_open(everything: None) -> None:
    moved = crypto.seal(b"x", purpose=b"directory_person.ine")
    key = SealingKey.objects.create(born_under="x", secret=b"x")
    run("UPDATE audit_sealingkey SET secret = %s", moved)
    with pytest.raises(crypto.CannotOpen), transaction.atomic():
        key.refresh_from_db()
