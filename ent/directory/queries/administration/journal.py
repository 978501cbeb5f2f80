"""The journal of a school, or that of the region, by pages that begin after the last act already seen."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.forms import Form

from ent.core.acts import acts
from ent.foundation.audit.models import Record
from ent.foundation.audit.queries import journal
from ent.foundation.schools.models import School

PER_PAGE = 50


@dataclass(frozen=True)
class JournalPage:
    """Some records; `after` is what `avant` must hold to go on, nothing at the end."""

    records: list[Record]
    after: str
    is_first: bool


def acts_by_label() -> list[tuple[str, str]]:
    """What the journal may hold, in the order of its French words."""
    return sorted(((act.name, str(act.label)) for act in acts), key=lambda choice: choice[1])


def filters_of(form: Form) -> dict[str, str]:
    """The filters that make sense, as they are recorded and looked for."""
    form.is_valid()
    return {name: str(value) for name, value in form.cleaned_data.items() if value}


def records(school: School | None, filters: dict[str, str]) -> QuerySet[Record]:
    """The records of the school (None: the region's own) that match every filter, the latest first."""
    rows = journal(
        action=filters.get("action", ""),
        actor=filters.get("auteur", ""),
        since=_day(filters.get("depuis")),
        until=_day(filters.get("jusqu_au")),
    )
    return rows.filter(school=school)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def journal_page(school: School | None, filters: dict[str, str], *, before: str) -> JournalPage:
    """Some records older than the one of id `before`. One query, whatever the length of the journal."""
    rows = records(school, filters)
    is_id = before.isascii() and before.isdigit() and len(before) < 19
    if is_id:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    return JournalPage(shown, str(shown[-1].pk) if len(found) > PER_PAGE else "", not is_id)
