"""`act`, the one way to declare an action: one transaction, and the French words under which the journal shows it.

@act("accounts.lock_account", _("Compte bloqué"))
def lock_account(account: Account, *, by: Actor) -> None:
    …
    record("accounts.lock_account", account, by=by)
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction
from django.utils.functional import Promise

from ent.core.registries import Registry

P = ParamSpec("P")
T = TypeVar("T")

NAME = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)+")


@dataclass(frozen=True, slots=True)
class Act:
    """What the journal may hold: `name` is `app.verb_noun`, `label` a French past participle (« Compte bloqué »)."""

    name: str
    label: str | Promise


acts: Registry[Act] = Registry("actions")


def act(name: str, label: str | Promise) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Declare an action: it runs in a transaction (a savepoint inside another) and its name is known to the journal.

    Raises `TypeError` when the name is not `app.verb_noun` or the function lacks its keyword `by`.
    """

    def decorate(action: Callable[P, T]) -> Callable[P, T]:
        by = inspect.signature(action).parameters.get("by")
        if not NAME.fullmatch(name) or by is None or by.kind is not by.KEYWORD_ONLY:
            raise TypeError(f"{action.__qualname__} must be named app.verb_noun and take “*, by: Actor”")
        acts.register(name)(Act(name, label))

        @wraps(action)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with transaction.atomic():
                return action(*args, **kwargs)

        run.act = name  # type: ignore[attr-defined]
        return run

    return decorate


def label_of(name: str) -> str:
    """The French words of an act; its bare name when the code that declared it is gone."""
    return str(acts[name].label) if name in acts else name
