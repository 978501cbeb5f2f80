"""Sealing, every minute."""

from ent.core.jobs import job
from ent.foundation.audit.actions import seal_records as seal


@job(name="audit.seal_records", every="* * * * *")
def seal_records() -> None:
    seal()
