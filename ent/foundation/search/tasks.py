"""Refreshing the index outside requests."""

from ent.core.jobs import Backoff, job
from ent.foundation.search import actions


@job(name="search.refresh_schools", retry=Backoff(times=3), lock="search")
def refresh_schools(schools: list[int]) -> None:
    """After an import: the whole of these schools."""
    actions.refresh_schools(schools)


@job(name="search.refresh_all", every="12 0 * * *", lock="search")
def refresh_all() -> None:
    """Each night: memberships and enrolments begin and end by their dates alone."""
    actions.refresh_schools()
