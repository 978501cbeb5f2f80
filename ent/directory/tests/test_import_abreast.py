"""Schools are applied two abreast, never two that share someone; large files are read by two processes."""

import threading
import time

import pytest

from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.enums import RunState
from ent.directory.imports.aaf import staging
from ent.directory.imports.aaf.abreast import abreast, neighbours
from ent.directory.imports.aaf.matching import match
from ent.directory.models import ImportRun, ImportSchool, Mef, Membership
from ent.directory.tests.aaf_region import (
    BY,
    COLLEGE,
    LYCEE,
    TUESDAY,
    academy,
    guardian,
    mef,
    person,
    pupil,
    sentences,
    teacher,
    usual,
)
from ent.directory.tests.test_import_complete import state
from ent.directory.tests.test_import_killed import academy as committing_academy
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

__all__ = ["academy", "committing_academy"]


def lines(*schools):
    return [ImportSchool(school_id=school) for school in schools]


class Day:
    """Notes who is at work together."""

    def __init__(self):
        self.busy, self.together, self.lock = set(), set(), threading.Lock()

    def work(self, line):
        with self.lock:
            self.together |= {frozenset({line.school_id, other}) for other in self.busy}
            self.busy.add(line.school_id)
        time.sleep(0.02)
        with self.lock:
            self.busy.remove(line.school_id)
        return True


def test_two_schools_that_share_nobody_are_taken_together():
    both = threading.Barrier(2, timeout=10)

    def work(line):
        both.wait()
        return True

    assert len(list(abreast(lines(1, 2), work, frozenset()))) == 2


def test_two_schools_that_share_someone_never_are_and_each_is_taken_once():
    day = Day()
    shared = frozenset({(1, 2), (2, 1), (1, 3), (3, 1), (5, 6), (6, 5)})
    done = [line.school_id for line, _answer in abreast(lines(1, 2, 3, 4, 5, 6), day.work, shared)]
    assert sorted(done) == [1, 2, 3, 4, 5, 6]
    assert not day.together & {frozenset(pair) for pair in shared}
    assert day.together


def test_what_stops_one_school_lets_the_other_finish_and_begins_no_third():
    begun, other_is_in = [], threading.Event()

    def work(line):
        begun.append(line.school_id)
        if line.school_id == 1:
            other_is_in.wait(10)
            raise ValueError("stopped")
        other_is_in.set()
        time.sleep(0.3)
        return True

    with pytest.raises(ValueError, match="stopped"):
        list(abreast(lines(1, 2, 3), work, frozenset()))
    assert begun == [1, 2]


# --- A region applied abreast


def homonyms():
    """A collège and a lycée that share nobody but the names of their pupils, and a teacher of both."""
    files = usual()
    files["Eleve"][1] = pupil("2002", "Inès", school=LYCEE, division="2D4", guardians=["3002$10$1$1$1$1"])
    files["PersRelEleve"].append(guardian("3002", "Claude"))
    files["Eleve"] += [pupil(entry, "Léa", "MARTIN") for entry in ("2105", "2103")]
    files["Eleve"].append(pupil("2104", "Léa", "MARTIN", school=LYCEE, division="2D4"))
    return files


def test_homonyms_of_two_schools_applied_together_are_numbered_in_the_order_of_their_entries(committing_academy):
    run = committed(committing_academy, homonyms())
    assert run.state == RunState.APPLIED
    with scope.use(scope.EVERYTHING):
        assert neighbours(run) == frozenset()
        identifiers = [person(entry).account.identifier for entry in ("2103", "2104", "2105")]
    assert identifiers == ["lea.martin", "lea.martin2", "lea.martin3"]


def test_schools_share_whoever_is_in_both_by_the_files_or_by_the_directory(committing_academy):
    files = homonyms()
    files["PersEducNat"].append(
        teacher(
            "4002", "Paul", "PETIT", ENTPersonFonctions=[f"{one}$ENS$ENSEIGNEMENT$L1300$X" for one in (COLLEGE, LYCEE)]
        )
    )
    committed(committing_academy, files)
    # The second time nothing is read of him: he is where the directory says.
    again = committed(committing_academy, files)
    with scope.use(scope.EVERYTHING):
        assert Membership.objects.filter(person=person("4002")).count() == 2
        pair = tuple(School.objects.filter(source_id__in=[COLLEGE, LYCEE]).values_list("pk", flat=True))
        assert neighbours(again) == {pair, pair[::-1]}


def test_a_region_applied_abreast_is_the_same_applied_again_in_one_transaction(committing_academy):
    committed(committing_academy, homonyms())
    with scope.use(scope.EVERYTHING):
        before = state()
    run = committed(committing_academy, homonyms(), all_or_nothing=True)
    with scope.use(scope.EVERYTHING):
        assert (run.state, state()) == (RunState.APPLIED, before)


def test_what_is_previewed_abreast_is_what_is_applied_abreast(committing_academy):
    committed(committing_academy, homonyms())
    files = homonyms()
    files["Eleve"][0] = pupil("2001", division="5A", guardians=["3001$20$1$1$1$1"])
    files["Eleve"][-1] = pupil("2104", "Léana", "MARTIN", school=LYCEE, division="2D4")
    files["MefEducNat"].append(mef("10110001110", "6EME"))
    with scope.use(scope.EVERYTHING):
        there = state()
        run = acts.ask_import(paths=[committing_academy.write(files, day=TUESDAY)], by=BY)
    shown = told(tasks.preview(run.pk, by=BY))
    with scope.use(scope.EVERYTHING):
        assert (state(), Mef.objects.filter(code="10110001110").exists()) == (there, False)
    assert told(tasks.apply(run.pk, by=BY)) == shown
    assert {label for _school, _effect, label, _fields in shown} == {"Malo Moreau", "Léana Martin"}


def told(run):
    with scope.use(scope.EVERYTHING):
        return sorted((one.school_id, one.effect, one.label, one.fields) for one in run.changes.all())


def committed(academy, files, **options):
    with scope.use(scope.EVERYTHING):
        run = acts.ask_import(paths=[academy.write(files)], by=BY, **options)
    return tasks.apply(run.pk, by=BY)


def test_an_identifier_taken_after_it_was_drawn_is_given_to_nobody_else(academy, monkeypatch):
    def match_then_lose(run: ImportRun) -> None:
        match(run)
        Account.objects.create(identifier="helene.fabre")

    monkeypatch.setattr(tasks, "match", match_then_lose)
    academy.deliver(usual())
    assert person("4001").account.identifier == "helene.fabre2"


# --- Files read by two processes


@pytest.fixture
def shared_reading(monkeypatch):
    monkeypatch.setattr(staging, "WORTH_SHARING", 0)


def test_files_read_by_two_processes_say_the_same(academy, shared_reading, monkeypatch):
    assert academy.deliver(usual()).state == RunState.APPLIED
    there = state()
    monkeypatch.setattr(staging, "WORTH_SHARING", 2**40)
    again = academy.deliver(usual(), day=TUESDAY)
    assert (again.counts["eleves"]["unchanged"], again.counts["eleves"]["changed"]) == (12, 0)
    assert state() == there


def test_what_is_doubtful_is_told_whichever_process_reads_it(academy, shared_reading):
    files = usual()
    files["Eleve"].append(pupil("2001", "Autre"))
    run = academy.deliver(files)
    assert [sentence for sentence in sentences(run) if "deux fois" in sentence]
    assert person("2001").first_name == "Malo"


def test_a_damaged_file_stops_the_import_whichever_process_reads_it(academy, shared_reading):
    folder = academy.write(usual())
    [damaged] = folder.glob("*_PersRelEleve_*")
    damaged.write_bytes(damaged.read_bytes()[:-30])
    run = academy.import_folder(folder)
    assert run.state == RunState.FAILED
    assert damaged.name in run.failure
    assert not Membership.objects.exists()
