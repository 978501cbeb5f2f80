"""Work shared between processes: everything comes, in order within a share, and what goes wrong is told."""

import os
import signal
from collections.abc import Iterator

import pytest
from django.conf import settings

from ent.core.processes import gathered


def counted(name: str, last: int) -> Iterator[tuple[str, int, int]]:
    for number in range(last):
        yield name, number, os.getpid()


def secret() -> Iterator[str]:
    yield settings.SECRET_KEY


def failing(after: int) -> Iterator[int]:
    yield from range(after)
    raise ValueError("no more")


def killed() -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), signal.SIGKILL)


def endless(pid_file: str) -> Iterator[int]:
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    while True:
        yield 0


def test_each_share_is_worked_out_in_a_process_of_its_own_and_comes_whole_and_in_order():
    found = list(gathered(counted, [("a", 500), ("b", 3)]))
    assert [number for name, number, _pid in found if name == "a"] == list(range(500))
    assert [number for name, number, _pid in found if name == "b"] == [0, 1, 2]
    assert len({pid for _name, _number, pid in found} | {os.getpid()}) == 3


def test_a_process_has_the_settings_of_ours():
    assert list(gathered(secret, [()])) == [settings.SECRET_KEY]


def test_what_a_process_raises_is_raised_here():
    with pytest.raises(ValueError, match="no more"):
        list(gathered(failing, [(2,)]))


def test_a_killed_process_is_noticed():
    with pytest.raises(EOFError):
        list(gathered(killed, [()]))


def test_nobody_works_on_once_nobody_listens(tmp_path):
    pid_file = tmp_path / "pid"
    answers = gathered(endless, [(str(pid_file),)])
    assert next(answers) == 0
    answers.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
