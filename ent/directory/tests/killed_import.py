"""An import in a process of its own, killed on the way: `python -m ent.directory.tests.killed_import RUN STEPS`.

STEPS is how many of the attempt's scripts are reached before the process is killed, as by a power cut.
"""

import os
import signal
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from ent.core.actors import COMMAND
from ent.directory import tasks
from ent.directory.actions.imports import attempt


def kill_after(steps: int) -> None:
    """Have this process die once so many scripts have run, whatever the school."""
    reached = 0
    run = attempt._Steps.__call__

    def counted(self: attempt._Steps, *scripts: Any) -> None:
        nonlocal reached
        for script in scripts:
            if reached == steps:
                os.kill(os.getpid(), signal.SIGKILL)
            reached += 1
            run(self, script)

    attempt._Steps.__call__ = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    kill_after(int(sys.argv[2]))
    tasks.apply(int(sys.argv[1]), by=COMMAND)
