"""Upkeep of sessions and of what is counted at sign-in."""

from ent.core.actors import SYSTEM
from ent.core.jobs import job
from ent.foundation.accounts.actions import purge_failures
from ent.identity.signin.actions import purge_sessions


@job(name="signin.purge_sessions", every="17 3 * * *")
def purge() -> None:
    """Each night: forget the sessions that have expired."""
    purge_sessions(by=SYSTEM)


@job(name="signin.purge_failures", every="27 3 * * *")
def forget_failures() -> None:
    """Each night: forget the wrong passwords that count no more."""
    purge_failures(by=SYSTEM)
