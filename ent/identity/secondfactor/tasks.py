"""Upkeep of the second factor."""

from ent.core.actors import SYSTEM
from ent.core.jobs import job
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import purge_past


@job(name="secondfactor.purge_past", every="47 3 * * *")
def purge() -> None:
    """Each night: forget what counts no more."""
    with scope.use(scope.EVERYTHING):
        purge_past(by=SYSTEM)
