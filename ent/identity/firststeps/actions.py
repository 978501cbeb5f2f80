"""Taking a first step, or putting them off."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.identity.firststeps.models import StepTaken


@act("firststeps.take_step", _("Premier pas fait"))
def take_step(account: Account, step: str, *, by: Actor) -> None:
    """Done; said twice, it is done once. In the account's own scope, or inside `scope.EVERYTHING`."""
    if StepTaken.objects.filter(account=account, step=step, is_done=True).exists():
        return
    _keep(account, step, is_done=True)
    record("firststeps.take_step", account, by=by, details={"step": step})


@act("firststeps.put_off", _("Premiers pas remis à plus tard"))
def put_off(account: Account, steps: Iterable[str], *, by: Actor) -> None:
    """Not now: the home page says no more of them."""
    steps = list(steps)
    for step in steps:
        _keep(account, step, is_done=False)
    record("firststeps.put_off", account, by=by, details={"steps": steps})


def _keep(account: Account, step: str, *, is_done: bool) -> None:
    values = {"is_done": is_done, "at": timezone.now()}
    StepTaken.objects.update_or_create(account=account, step=step, defaults=values)
