"""Where somebody stands among their first steps."""

from dataclasses import dataclass

from django.db.models import QuerySet

from ent.core.prepared import prepared
from ent.foundation.accounts.models import Account
from ent.identity.firststeps.models import StepTaken
from ent.identity.signin.queries.entrances import FirstStep, first_steps


@dataclass(frozen=True)
class Standing:
    """A step, and whether it is done, put off, or neither."""

    name: str
    step: FirstStep
    is_done: bool
    is_later: bool


def steps_of(account: Account) -> list[Standing]:
    """Every step in order, in the account's own scope. One query."""
    taken = {row.step: row.is_done for row in _taken(account=account.pk)}
    steps = sorted(first_steps.items(), key=lambda item: item[1].order)
    return [Standing(name, step, taken.get(name, False), not taken.get(name, True)) for name, step in steps]


@prepared
def _taken(account: int) -> QuerySet[StepTaken]:
    return StepTaken.objects.filter(account=account)
