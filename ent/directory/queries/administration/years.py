"""The years of a school as its administrator turns them, and of all schools as the region does."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from ent.directory.models import Division, Enrolment, Group
from ent.foundation.schools import scope
from ent.foundation.schools.enums import PeriodKind, YearState
from ent.foundation.schools.models import School, SchoolYear, Term

# A year opens at most so long before its first day: the one before is then nearly over.
EARLIEST = timedelta(days=62)
SIZES = {PeriodKind.TRIMESTER: 3, PeriodKind.SEMESTER: 2}


@dataclass(frozen=True)
class Years:
    """The years of a school by state."""

    current: SchoolYear | None
    prepared: SchoolYear | None
    past: list[SchoolYear]


@dataclass(frozen=True)
class Closing:
    """What ends with a year."""

    divisions: int
    groups: int
    enrolments: int


@dataclass(frozen=True)
class RegionYears:
    """How many schools are in which current and prepared year; `unprepared` and `openable` wait for an act."""

    current: list[tuple[str, int]]
    prepared: list[tuple[str, int]]
    unprepared: int
    openable: int


def years_of(school: School) -> Years:
    """One query."""
    rows = list(SchoolYear.objects.filter(school=school).order_by("-starts"))
    by_state = {state: [year for year in rows if year.state == state] for state in YearState}
    return Years(
        next(iter(by_state[YearState.CURRENT]), None),
        next(iter(by_state[YearState.PREPARING]), None),
        by_state[YearState.CLOSED],
    )


def next_year(school: School, after: SchoolYear | None) -> SchoolYear:
    """The year that follows, unsaved: from the day after `after` ends, else from this school year's 1 September."""
    if after:
        starts = after.ends + timedelta(days=1)
    else:
        today = timezone.localdate()
        starts = date(today.year if today.month >= 8 else today.year - 1, 9, 1)
    ends = a_year_later(starts) - timedelta(days=1)
    return SchoolYear(school=school, label=f"{starts.year}-{ends.year}", starts=starts, ends=ends)


def a_year_later(day: date) -> date:
    leaps = day.month == 2 and day.day == 29
    return day.replace(year=day.year + 1, day=28 if leaps else day.day)


def kind_of(year: SchoolYear | None) -> PeriodKind:
    """How a year is cut, trimesters where nothing says it."""
    term = year.terms.first() if year else None
    return PeriodKind(term.kind) if term else PeriodKind.TRIMESTER


def terms_after(year: SchoolYear, former: SchoolYear | None, kind: PeriodKind | None = None) -> list[Term]:
    """The terms of a new year, unsaved, as `kind` (default: as the former one): those of the former one a year later
    where they fit, else equal parts."""
    kind = kind or kind_of(former)
    kept = [
        Term(kind=kind, number=t.number, starts=a_year_later(t.starts), ends=a_year_later(t.ends))
        for t in (former.terms.filter(kind=kind) if former else ())
    ]
    if not kept or any(term.starts < year.starts or term.ends > year.ends for term in kept):
        kept = equal_terms(year, kind)
    for term in kept:
        term.school_id, term.year = year.school_id, year
    return kept


def equal_terms(year: SchoolYear, kind: PeriodKind) -> list[Term]:
    """The year cut into three trimesters or two semesters of the same length, to be adjusted by the school."""
    count = SIZES[kind]
    length = ((year.ends - year.starts).days + 1) // count
    starts = [year.starts + timedelta(days=length * rank) for rank in range(count)]
    ends = [start - timedelta(days=1) for start in starts[1:]] + [year.ends]
    return [
        Term(kind=kind, number=rank, starts=first, ends=last)
        for rank, (first, last) in enumerate(zip(starts, ends, strict=True), 1)
    ]


def opens_from(year: SchoolYear) -> date:
    """The first day on which a prepared year may be opened."""
    return year.starts - EARLIEST


def ending_with(year: SchoolYear) -> Closing:
    """What the end of a year closes: its open divisions and groups, and the enrolments that go beyond its last day."""
    return Closing(
        Division.objects.filter(year=year, is_open=True).count(),
        Group.objects.filter(year=year, is_open=True).count(),
        enrolments_beyond(year).count(),
    )


def enrolments_beyond(year: SchoolYear):  # type: ignore[no-untyped-def]  # what a manager of ours returns is Any
    """The enrolments of a year's divisions and groups that do not end with it."""
    places = Q(division__year=year) | Q(group__year=year)
    return Enrolment.objects.filter(places).filter(Q(ends__isnull=True) | Q(ends__gt=year.ends))


def schools_to_turn() -> list[School]:
    """The schools that live in the ENT: open, and with a current year. Needs the scope of system jobs."""
    current = SchoolYear.objects.filter(state=YearState.CURRENT)
    return list(School.objects.filter(is_open=True, pk__in=current.values("school")).order_by("uai"))


def region_years() -> RegionYears:
    """Read across all schools: years are no one's personal data."""
    with scope.use(scope.EVERYTHING):
        schools = {school.pk for school in schools_to_turn()}
        rows = list(SchoolYear.objects.filter(school__in=schools).exclude(state=YearState.CLOSED))
    current = [year for year in rows if year.state == YearState.CURRENT]
    prepared = [year for year in rows if year.state == YearState.PREPARING]
    today = timezone.localdate()
    return RegionYears(
        _counted(current),
        _counted(prepared),
        len(schools - {year.school_id for year in prepared}),
        sum(opens_from(year) <= today for year in prepared),
    )


def _counted(years: list[SchoolYear]) -> list[tuple[str, int]]:
    return sorted(Counter(year.label for year in years).items())
