"""The seals cover every act, wait for none, and betray whoever changes the journal behind its back."""

import json
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.utils import timezone

from ent.core import crypto
from ent.core.actors import Actor
from ent.core.cli import ent
from ent.foundation.audit import actions
from ent.foundation.audit import commands as _commands  # noqa: F401  (adds `ent audit`)
from ent.foundation.audit.actions import record, seal_batch, seal_records
from ent.foundation.audit.models import Record, Seal, SealingKey, Unsealed
from ent.foundation.audit.queries import verify
from ent.foundation.audit.queries.chain import facts
from ent.foundation.audit.queries.verification import KINDS, Finding
from ent.foundation.audit.tests.conftest import Sql
from ent.foundation.schools import scope

FABRE = Actor("Hélène Fabre", account_id=3, person_id=4)


def write_acts(count: int) -> list[int]:
    for number in range(count):
        record("homework.set_work", by=FABRE, details={"rank": number})
    return list(Record.objects.order_by("-pk").values_list("pk", flat=True)[:count])[::-1]


@pytest.fixture
def sealed(owner: Sql, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ten acts under four seals."""
    monkeypatch.setattr(actions, "SEAL_SIZE", 3)
    ids = write_acts(10)
    assert seal_records() == 10
    assert list(Seal.objects.values_list("number", "records")) == [
        (1, ids[:3]),
        (2, ids[3:6]),
        (3, ids[6:9]),
        (4, ids[9:]),
    ]
    assert verify().sound
    return ids


def findings() -> list[Finding]:
    return verify().findings


def test_a_sound_journal_is_said_sound_with_what_waits(sealed: list[int]) -> None:
    write_acts(2)
    verdict = verify()
    assert verdict.sound
    assert (verdict.records, verdict.seals, verdict.waiting) == (10, 4, 2)
    assert verdict.sentence == "Le journal est intact."
    assert seal_records() == 2
    assert seal_records() == 0
    assert verify().waiting == 0


@pytest.mark.parametrize(
    "change",
    [
        "action = 'homework.drop_work'",
        "actor_label = 'Julien Lemaire'",
        "actor_account = NULL",
        "actor_person = 9",
        "at = at + interval '1 microsecond'",
        "school_id = 1",
        "reason = 'x'",
        "target_type = 'x'",
        "target_id = 'x'",
        "target_label = 'x'",
        "request = 'x'",
        "details = details || '{\"x\": 1}'",
        "details = '{\"rank\": 4.0}'",
    ],
)
def test_a_changed_act_is_named(sealed: list[int], tamper: Sql, change: str) -> None:
    tamper(f"UPDATE audit_record SET {change} WHERE id = %s", sealed[4])
    assert findings() == [Finding("record_changed", sealed[4])]


def test_a_removed_act_is_named(sealed: list[int], tamper: Sql) -> None:
    tamper("DELETE FROM audit_record WHERE id = %s", sealed[4])
    assert findings() == [Finding("record_removed", sealed[4])]
    assert findings()[0].sentence == f"L’acte n° {sealed[4]} a été supprimé."


INSERT = (
    "INSERT INTO audit_record (id, at, action, actor_label, reason, target_type, target_id, target_label,"
    " details, request) VALUES (%s, now(), 'homework.set_work', 'Hélène Fabre', '', '', '', '', '{}', '')"
)


def test_an_act_slipped_in_is_named(sealed: list[int], tamper: Sql) -> None:
    tamper(INSERT, sealed[0] - 1)
    assert findings() == [Finding("record_inserted", sealed[0] - 1)]
    seal_records()  # nor does the next sealing cover it up
    assert findings() == [Finding("record_inserted", sealed[0] - 1)]


def test_an_act_put_on_the_waiting_list_with_an_old_date_is_named(sealed: list[int], tamper: Sql) -> None:
    tamper(INSERT.replace("now()", "now() - interval '1 day'"), sealed[0] - 1)
    tamper("INSERT INTO audit_unsealed (record_id) VALUES (%s)", sealed[0] - 1)
    seal_records()
    assert findings() == [Finding("record_misdated", sealed[0] - 1)]


def test_an_act_removed_before_its_sealing_is_named(sealed: list[int], tamper: Sql) -> None:
    (late,) = write_acts(1)
    tamper("DELETE FROM audit_record WHERE id = %s", late)
    seal_records()
    assert findings() == [Finding("record_removed", late)]


def test_an_act_taken_off_the_waiting_list_is_named(sealed: list[int]) -> None:
    (late,) = write_acts(1)
    Unsealed.objects.all().delete()
    assert findings() == [Finding("record_inserted", late)]


@pytest.mark.parametrize(
    "change",
    [
        "sealed_at = sealed_at - interval '1 hour'",
        "previous = digest",
        "complete = NOT complete",
        "digest = sha256(digest)",
        "record_digests = record_digests || sha256('')",
        "records = records || records[1]",
        "records = records[1:2] || records[3] || ARRAY[]::bigint[], record_digests = sha256('') || record_digests",
    ],
)
def test_a_changed_seal_is_named(sealed: list[int], tamper: Sql, change: str) -> None:
    tamper(f"UPDATE audit_seal SET {change} WHERE number = 2")
    assert Finding("seal_changed", 2) in findings()
    assert {finding.id for finding in findings() if finding.kind.startswith("seal")} == {2}


def test_an_act_changed_together_with_its_digest_still_breaks_the_seal(sealed: list[int], tamper: Sql) -> None:
    tamper("UPDATE audit_record SET actor_label = 'Julien Lemaire' WHERE id = %s", sealed[3])
    fresh = facts([sealed[3]])[sealed[3]].digest
    tamper("UPDATE audit_seal SET record_digests = overlay(record_digests PLACING %s FROM 1) WHERE number = 2", fresh)
    assert findings() == [Finding("seal_changed", 2)]


def test_a_removed_seal_is_named_and_its_acts_too(sealed: list[int], tamper: Sql) -> None:
    tamper("DELETE FROM audit_seal WHERE number = 2")
    assert findings() == [Finding("seal_removed", 2), *(Finding("record_inserted", pk) for pk in sealed[3:6])]


def test_the_first_seals_cannot_be_lost_unseen(sealed: list[int], tamper: Sql) -> None:
    tamper("DELETE FROM audit_record WHERE id = ANY(%s)", sealed[:6])
    tamper("DELETE FROM audit_seal WHERE number < 3")
    assert findings() == [Finding("seal_removed", 1), Finding("seal_removed", 2)]


def test_a_seal_renumbered_over_a_lost_one_is_named(sealed: list[int], tamper: Sql) -> None:
    tamper("DELETE FROM audit_seal WHERE number = 2")
    tamper("UPDATE audit_seal SET number = number - 1 WHERE number = 3")
    assert Finding("seal_changed", 2) in findings()


def test_a_seal_made_anew_without_the_key_is_named(sealed: list[int], tamper: Sql) -> None:
    """The owner draws a key of their own: they cannot put it under the master key."""
    tamper("INSERT INTO audit_sealingkey (born_under, secret, created_at) VALUES ('test', sha256('x'), now())")
    tamper("UPDATE audit_seal SET key_id = (SELECT max(id) FROM audit_sealingkey) WHERE number = 4")
    assert findings() == [Finding("seal_unreadable", 4)]


def test_an_end_cut_off_and_made_again_is_betrayed_by_a_noted_seal(sealed: list[int], tamper: Sql) -> None:
    noted = (4, bytes(Seal.objects.get(number=4).digest))
    assert verify(anchor=noted).sound
    tamper("DELETE FROM audit_seal WHERE number = 4")
    tamper("UPDATE audit_record SET actor_label = 'Julien Lemaire' WHERE id = %s", sealed[9])
    tamper("INSERT INTO audit_unsealed (record_id) VALUES (%s)", sealed[9])
    assert seal_records() == 1
    assert verify().sound  # nothing inside the database can tell
    assert verify(anchor=noted).findings == [Finding("anchor_missing", 4)]


def test_each_sealing_writes_its_seal_to_the_logs(owner: Sql, caplog: pytest.LogCaptureFixture) -> None:
    write_acts(1)
    with caplog.at_level("INFO", "ent.audit"):
        seal_records()
    seal = Seal.objects.get()
    assert f"seal {seal.number}:{bytes(seal.digest).hex()}" in caplog.text


def test_a_new_master_key_brings_a_new_sealing_key_and_the_old_seals_stay_verifiable(
    sealed: list[int], settings, monkeypatch
) -> None:
    settings.MASTER_KEYS = [crypto.new_key("fresh"), *settings.MASTER_KEYS]
    write_acts(1)
    seal_records()
    assert list(SealingKey.objects.order_by("pk").values_list("born_under", flat=True)) == ["test", "fresh"]
    assert verify().sound
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]  # dropped before `ent keys rotate`
    assert findings() == [Finding("seal_unreadable", number) for number in (1, 2, 3, 4)]


def test_a_backlog_sealed_late_is_not_taken_for_a_forgery(owner: Sql, monkeypatch) -> None:
    """The worker was down since yesterday; meanwhile more was written than one batch holds."""
    monkeypatch.setattr(actions, "SEAL_SIZE", 3)
    now = timezone.now()
    for days_ago, acts, sealing in ((2, 1, True), (1, 7, False), (0, 1, True)):
        monkeypatch.setattr("django.utils.timezone.now", lambda ago=days_ago: now - timedelta(days=ago))
        write_acts(acts)
        if sealing:
            seal_records()
    assert [len(seal.records) for seal in Seal.objects.all()] == [1, 3, 3, 2]
    assert findings() == []


def test_every_finding_has_its_sentence() -> None:
    assert all(str(pk) in Finding(kind, pk).sentence for pk, kind in enumerate(KINDS, 4100))


def test_the_command_says_it_in_french_and_in_json(committed: None) -> None:
    with scope.use(scope.EVERYTHING):
        write_acts(2)
    run = CliRunner().invoke
    assert run(ent, ["audit", "seal"]).output == "2 actes scellés.\n"
    said = run(ent, ["audit", "verify"])
    assert (said.exit_code, said.output) == (
        0,
        "Le journal est intact.\n2 actes scellés, 1 sceaux, 0 actes en attente de sceau.\n",
    )
    said = run(ent, ["audit", "verify", "--json", "--anchor", f"1:{'00' * 32}"])
    assert said.exit_code == 1
    report = json.loads(said.output)
    assert (report["sound"], report["records"], report["waiting"]) == (False, 2, 0)
    assert report["findings"][0]["kind"] == "anchor_missing"
    assert run(ent, ["audit", "verify", "--anchor", "x"]).exit_code == 2


def test_acts_and_sealing_never_wait_for_each_other(committed: None) -> None:
    """An act in the middle of its transaction holds back neither sealing nor the acts after it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow_act() -> None:
        with scope.use(scope.EVERYTHING):
            record("homework.set_work", by=FABRE, details={"slow": True})
            begun.set()
            assert go_on.wait(10)
        connection.close()

    slow = threading.Thread(target=slow_act)
    slow.start()
    assert begun.wait(10)
    with scope.use(scope.EVERYTHING):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
        ids = write_acts(2)
    assert seal_records() == 2
    go_on.set()
    slow.join()
    assert seal_records() == 1
    with scope.use(scope.EVERYTHING):
        first, second = Seal.objects.all()
        assert first.records == ids
        assert second.records[0] < ids[0]  # the smaller id, committed late, went into the later seal
        assert verify().sound


def test_an_act_does_not_wait_for_a_sealing_under_way(committed: None) -> None:
    with scope.use(scope.EVERYTHING):
        write_acts(3)

    def act() -> None:
        with scope.use(scope.EVERYTHING):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '1s'")
            record("homework.set_work", by=FABRE)
        connection.close()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        assert seal_batch() == 3
        other.submit(act).result(5)
        assert other.submit(seal_here_and_close).result(5) == 0  # another sealer goes away at once
    assert seal_records() == 1


def seal_here_and_close() -> int:
    try:
        return seal_records()
    finally:
        connection.close()


def test_many_writers_and_two_sealers_at_once_leave_each_act_under_one_seal(committed: None, monkeypatch) -> None:
    monkeypatch.setattr(actions, "SEAL_SIZE", 7)
    stop = threading.Event()

    def write(worker: int) -> None:
        for number in range(30):
            with scope.use(scope.EVERYTHING):
                record("homework.set_work", by=FABRE, details={"worker": worker})
                if number % 5 == 0:
                    transaction.set_rollback(True)
        connection.close()

    def keep_sealing() -> None:
        while not stop.is_set():
            seal_records()
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(keep_sealing) for _ in range(2)]
        for writer in [pool.submit(write, number) for number in range(4)]:
            writer.result(60)
        stop.set()
        for sealer in sealers:
            sealer.result(60)
    seal_records()
    with scope.use(scope.EVERYTHING):
        assert Record.objects.count() == 4 * 24
        verdict = verify()
        assert (verdict.sound, verdict.records, verdict.waiting) == (True, 96, 0)
        sealed = [pk for seal in Seal.objects.all() for pk in seal.records]
        assert len(sealed) == len(set(sealed)) == 96


def test_verifying_takes_no_more_memory_for_a_longer_journal(owner: Sql, monkeypatch) -> None:
    def peak() -> int:
        tracemalloc.start()
        assert verify().sound
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    monkeypatch.setattr(actions, "SEAL_SIZE", 10)
    write_acts(500)
    seal_records()
    verify()
    short = peak()
    owner(INSERT.replace("VALUES (%s,", "SELECT pk,").removesuffix(")") + " FROM generate_series(100001, 102000) pk")
    seal_records()
    assert Record.objects.count() == 2500
    longer = peak()
    assert longer < 2 * short
