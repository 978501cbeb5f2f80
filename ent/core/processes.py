"""Long computations in processes of their own, so that they take as many cores as there are.

    for row in gathered(rows_of, [(first_half,), (second_half,)]): …

Each process is started afresh, with the same settings: it shares nothing with this one, neither threads nor database
connections. What the function is given and yields must be picklable.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple, TypeVar

import django

T = TypeVar("T")


class _Over(NamedTuple):
    """The last word of a process: what stopped it, or nothing."""

    error: Exception | None = None


def gathered(function: Callable[..., Iterator[T]], shares: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """What `function(*share)` yields for each share, one process by share, as it comes; in order within a share.

    A process that is ahead waits until it is listened to. What one raises is raised here, and the others are stopped;
    `EOFError` when one was killed.
    """
    with ExitStack() as started:
        ends = [started.enter_context(_process(function, share)) for share in shares]
        while ends:
            for end in wait(ends):
                assert isinstance(end, Connection)
                answer = end.recv()
                if not isinstance(answer, _Over):
                    yield answer
                elif answer.error is None:
                    ends.remove(end)
                else:
                    raise answer.error


@contextmanager
def _process(function: Callable[..., Any], share: tuple[Any, ...]) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        here.send((function, share))
        yield here
    finally:
        here.close()
        process.terminate()
        process.join()


def _work(end: Connection) -> None:
    # What is asked comes by the pipe: it may name models, which can be imported from here on only.
    django.setup()
    function, share = end.recv()
    try:
        for answer in function(*share):
            end.send(answer)
        end.send(_Over())
    except BrokenPipeError:
        return  # nobody listens any more
    except Exception as error:
        end.send(_Over(error))
