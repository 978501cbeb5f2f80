"""What is held about a person: each link to a person or an account is claimed by a `privacy.py`.

    claim("directory.Membership.person", _("Établissements et profils"), gives=("school", "profile", …), kept=…)

The registry answers a person's request to see their data (RGPD, articles 15 and 20).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise

from ent.core.registries import Registry
from ent.foundation.accounts.models import Account

# What a person's row is reached by, from the model a claimed field leads to: the account's id for an account.
Holder = Callable[[models.Model], Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """One link to a person, `app.Model.field`; `app.Model.pk` claims the row that is the person or the account.

    `gives` names the fields of the row that the person receives. A claim that gives nothing says why in `withheld`.
    `lookup` leads from the row to the person where the field does not do so itself (`membership__person`).
    `kept` says for how long, as it is really done.
    """

    field: str
    title: str | Promise
    gives: tuple[str, ...]
    kept: str | Promise
    withheld: str | Promise
    lookup: str

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.field.rsplit(".", 1)[0])


claims: Registry[Claim] = Registry("privacy")


def claim(
    field: str,
    title: str | Promise,
    *,
    kept: str | Promise,
    gives: tuple[str, ...] = (),
    withheld: str | Promise = "",
    lookup: str = "",
) -> None:
    """Declare a claim. Raises `TypeError` unless it either gives something or says why it does not."""
    if bool(gives) == bool(withheld):
        raise TypeError(f"{field}: a claim either gives fields or says why they are withheld")
    claims.register(field)(Claim(field, title, gives, kept, withheld, lookup or field.rsplit(".", 1)[1]))


def claimed_fields() -> set[str]:
    """Every claimed link, as `app.Model.field`."""
    return {declared.field for declared in claims}


def person_data(person: models.Model) -> list[dict[str, Any]]:
    """Everything held about a person, claim by claim, in plain JSON. Runs in the scope of system jobs.

    `[{"title", "source", "kept", "withheld", "rows": [{label: value, …}, …]}, …]`; claims without a row are left out,
    unless what they hold is withheld.
    """
    found = [_answer(declared, person) for declared in claims]
    return [answer for answer in found if answer["rows"] or answer["withheld"]]


def _answer(declared: Claim, person: models.Model) -> dict[str, Any]:
    return {
        "title": str(declared.title),
        "source": declared.field,
        "kept": str(declared.kept),
        "withheld": str(declared.withheld),
        "rows": [_row(row, declared.gives) for row in _rows(declared, person)] if declared.gives else [],
    }


def _rows(declared: Claim, person: models.Model) -> models.QuerySet[models.Model]:
    about = getattr(person, "account_id", None) if _leads_to_account(declared) else person.pk
    rows = (
        declared.model._base_manager.filter(**{declared.lookup: about})
        if about
        else declared.model._base_manager.none()
    )
    related = [name for name in declared.gives if _field(declared.model, name).is_relation]
    return rows.select_related(*related).order_by("pk")


def _leads_to_account(declared: Claim) -> bool:
    if declared.lookup == "pk":
        return declared.model is Account
    target = declared.model._meta.get_field(declared.lookup.split("__")[0]).related_model
    return target is Account


def _row(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {str(_field(type(row), name).verbose_name): _value(row, name) for name in names}


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise FieldDoesNotExist(f"{model._meta.label} has no column “{name}”")
    return field


def _value(row: models.Model, name: str) -> Any:
    """The value as its reader knows it: the label of a choice, the name of what a link leads to, ISO dates."""
    value = getattr(row, name)
    if hasattr(row, f"get_{name}_display") and value not in (None, ""):
        return str(getattr(row, f"get_{name}_display")())
    if isinstance(value, models.Model):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime | time) else value
