"""Upkeep of sessions."""

from ent.core.actors import SYSTEM
from ent.core.jobs import job
from ent.identity.signin.actions import purge_sessions


@job(name="signin.purge_sessions", every="17 3 * * *")
def purge() -> None:
    """Each night: forget the sessions that have expired."""
    purge_sessions(by=SYSTEM)
