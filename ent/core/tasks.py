"""Upkeep of the job queue itself."""

from ent.core import jobs


@jobs.job(name="jobs.forget_old", every="41 2 * * *")
def forget_old() -> None:
    """Each night: keep the queue small."""
    jobs.forget_old()
