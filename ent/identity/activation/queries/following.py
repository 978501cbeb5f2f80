"""Who has activated their account in a school, and who has not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ent.directory.enums import SCHOOLING_DUTIES
from ent.directory.models import Division, Enrolment, Guardianship, HeadTeacher
from ent.directory.queries.structures import current_divisions, level_label
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools.models import School
from ent.identity.access.models import Closure
from ent.identity.access.queries.closures import openings

MOST_HANDED = 4


@dataclass
class Share:
    """How many of those concerned have activated their account."""

    total: int = 0
    active: int = 0

    def count(self, account: Account | None) -> None:
        self.total += 1
        self.active += bool(account and account.activated_at)

    @property
    def left(self) -> int:
        return self.total - self.active

    @property
    def percent(self) -> int:
        """Rounded down: a hundred is everybody."""
        return 100 * self.active // self.total if self.total else 100


@dataclass
class DivisionLine:
    """A division of the follow-up: its learners, their guardians, its head teachers."""

    division: Division
    # Where its level and its name put it among the others.
    rank: int
    level: str
    heads: str
    learners: Share
    guardians: Share
    # What keeps its learners out for now.
    closure: Closure | None

    @property
    def left(self) -> int:
        return self.learners.left + self.guardians.left


def follow_up(school: School) -> list[DivisionLine]:
    """The divisions of the year, those where most is left to do first. Five queries, whatever their number."""
    divisions = current_divisions(school)
    closed = openings(divisions)
    lines = {
        division.pk: DivisionLine(division, rank, level_label(division), "", Share(), Share(), closed.get(division.pk))
        for rank, division in enumerate(divisions)
    }
    places: defaultdict[int, set[int]] = defaultdict(set)
    for enrolment in _enrolments(divisions):
        assert enrolment.division_id is not None
        places[enrolment.membership.person_id].add(enrolment.division_id)
        lines[enrolment.division_id].learners.count(enrolment.membership.person.account)
    seen: set[tuple[int, int]] = set()
    for link in _guardianships(places):
        for division in places[link.pupil_id]:
            if (division, link.guardian_id) not in seen:
                seen.add((division, link.guardian_id))
                lines[division].guardians.count(link.guardian.account)
    for head in HeadTeacher.objects.filter(division__in=divisions).select_related("membership__person"):
        line = lines[head.division_id]
        line.heads = ", ".join(filter(None, (line.heads, head.membership.person.formal_name)))
    return sorted(lines.values(), key=lambda line: line.left, reverse=True)


def _enrolments(divisions: Iterable[Division]) -> Iterable[Enrolment]:
    rows = Enrolment.objects.on().filter(division__in=list(divisions))
    return rows.select_related("membership__person__account").defer(
        "membership__person__contact", "membership__person__ine"
    )


def _guardianships(pupils: Iterable[int]) -> Iterable[Guardianship]:
    rows = Guardianship.objects.filter(pupil__in=list(pupils), legal__in=SCHOOLING_DUTIES)
    return rows.select_related("guardian__account").defer("guardian__contact", "guardian__ine")


def accounts_to_remind(divisions: Iterable[Division]) -> list[tuple[Account, str]]:
    """The guardians around these divisions who have not activated their account and have an address."""
    pupils = [row.membership.person_id for row in _enrolments(divisions)]
    people = {link.guardian.pk: link.guardian for link in _guardianships(pupils)}
    return [
        (person.account, person.email)
        for person in people.values()
        if person.account and not person.account.activated_at and person.email
    ]


@dataclass(frozen=True)
class Handed:
    """Sheets that were made: for whom, how many, when."""

    label: str
    sheets: int
    at: datetime


def last_handed(school: School) -> list[Handed]:
    """The last sheets of the school, as its journal tells them."""
    rows = Record.objects.filter(school=school, action="activation.issue_sheets").order_by("-id")[:MOST_HANDED]
    return [Handed(row.details.get("whom", ""), row.details.get("sheets", 0), row.at) for row in rows]
