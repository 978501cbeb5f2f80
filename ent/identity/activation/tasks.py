"""Links for guardians, sent by many at a time."""

from ent.core.actors import SYSTEM
from ent.core.jobs import Backoff, job
from ent.directory.models import Person
from ent.foundation.schools import scope
from ent.identity.activation.actions import send_links

BATCH = 50


@job(name="activation.send_links", retry=Backoff())
def send(accounts: list[int], school: int) -> None:
    """In batches, each in its own transaction. Run again, it replaces the links of a batch that was under way."""
    for start in range(0, len(accounts), BATCH):
        with scope.use(scope.EVERYTHING):
            people = Person.objects.filter(account__in=accounts[start : start + BATCH], account__activated_at=None)
            rows = people.exclude(email="").select_related("account")
            send_links([(row.account, row.email) for row in rows if row.account], school, by=SYSTEM)
