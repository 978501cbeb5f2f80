"""Divisions and groups of a school, in one of its years: lists by level, and who is in each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Count, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ent.core.prepared import prepared, row
from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES, Profile
from ent.directory.models import Division, Group, HeadTeacher, Membership, Person, name_order, sealed
from ent.directory.permissions import can_see_prepared_year, visible_people
from ent.directory.queries.people import natural, places_of, pupils_in
from ent.directory.queries.wording import written
from ent.directory.viewer import Viewer
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School, SchoolYear


@dataclass
class Level:
    """The divisions of one level."""

    label: str
    divisions: list[Division] = field(default_factory=list)

    @property
    def learners(self) -> int:
        return sum(division.learners for division in self.divisions)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Learner:
    """A learner of a division or a group; `known` says that the viewer may open their card."""

    person: Person
    profile: str
    known: bool
    division: Division | None
    groups: list[Group]


def years_for(viewer: Viewer) -> list[SchoolYear]:
    """The years of the current school that the viewer may look at, the latest first."""
    years = SchoolYear.objects.filter(school=viewer.school)
    return list(years if can_see_prepared_year(viewer) else years.exclude(state=YearState.PREPARING))


def chosen_year(years: Iterable[SchoolYear], asked: str) -> SchoolYear | None:
    """The year asked for by its id, else the current one, else the latest."""
    years = list(years)
    wanted = [year for year in years if str(year.pk) == asked]
    current = [year for year in years if year.state == YearState.CURRENT]
    return next(iter([*wanted, *current, *years]), None)


def day_in(year: SchoolYear) -> date:
    """The day on which a year is looked at: today, or its last day once it is over, its first before it begins."""
    return min(max(timezone.localdate(), year.starts), year.ends)


def current_divisions(school: School) -> list[Division]:
    """The open divisions of the school's current year, in natural order."""
    return sorted(_open_divisions(school=school.pk), key=_division_order)


@prepared
def _open_divisions(school: int) -> QuerySet[Division]:
    rows = Division.objects.filter(school=school, is_open=True, year__state=YearState.CURRENT)
    return rows.select_related("mef")


def current_year(school: School) -> SchoolYear | None:
    return next(iter(_current_years(school=school.pk)), None)


@prepared
def _current_years(school: int) -> QuerySet[SchoolYear]:
    return SchoolYear.objects.filter(school=school, state=YearState.CURRENT)


@dataclass(frozen=True)
class SchoolFigures:
    """How many of each belong to a school today."""

    learners: int
    guardians: int
    staff: int


FIGURES = """
SELECT count(*) FILTER (WHERE profile = ANY (%s::text[])), count(*) FILTER (WHERE profile = %s),
    count(*) FILTER (WHERE profile = ANY (%s::text[]))
FROM directory_membership WHERE school_id = %s AND starts <= %s::date AND (ends IS NULL OR ends >= %s::date)
"""


def figures_of(school: School) -> SchoolFigures:
    """One query, on the home of a school's staff."""
    today = timezone.localdate()
    learners, staff = sorted(LEARNER_PROFILES), sorted(STAFF_PROFILES)
    return SchoolFigures(*row(FIGURES, [learners, Profile.GUARDIAN, staff, school.pk, today, today]))


def levels_of(year: SchoolYear, *, heads: bool = True) -> list[Level]:
    """The divisions of a year by level, each with `learners`, how many they are, and `head_teachers` fetched by name
    when `heads`. One query, two with heads."""
    rows = _divisions(year=year.pk, day=day_in(year))
    if heads:
        people = HeadTeacher.objects.select_related("membership__person").defer(*sealed("membership__person__"))
        prefetch_related_objects(rows, Prefetch("head_teachers", people.order_by(*name_order("membership__person__"))))
    levels: dict[str, Level] = {}
    for division in sorted(rows, key=_division_order):
        label = level_label(division)
        levels.setdefault(label, Level(label)).divisions.append(division)
    return list(levels.values())


@prepared
def _divisions(year: int, day: date) -> QuerySet[Division]:
    return _with_learners(Division.objects.filter(year=year), day).select_related("mef")


def groups_of(year: SchoolYear) -> list[Group]:
    """The groups of a year in natural order, each with `learners` and its divisions fetched. Two queries."""
    rows = _with_learners(Group.objects.filter(year=year), day_in(year)).prefetch_related("divisions")
    return sorted(rows, key=lambda group: natural(group.label))


def _with_learners(places: QuerySet, day: date) -> QuerySet:  # type: ignore[type-arg]
    there = Q(enrolments__starts__lte=day) & (Q(enrolments__ends__isnull=True) | Q(enrolments__ends__gte=day))
    return places.annotate(learners=Count("enrolments", filter=there))


def learners_in(viewer: Viewer, place: Division | Group) -> list[Learner]:
    """The learners of a division or a group, by name, with their other places. Three queries."""
    memberships: list[Membership] = list(pupils_in(place, day_in(place.year)))
    ids = [membership.person_id for membership in memberships]
    known = set(visible_people(viewer).filter(pk__in=ids).values_list("pk", flat=True))
    places = places_of(ids, day_in(place.year))
    learners = []
    for membership in memberships:
        divisions, groups = places.get(membership.person_id, ([], []))
        known_here = membership.person_id in known
        division = divisions[0] if divisions else None
        learners.append(Learner(membership.person, membership.profile, known_here, division, groups))
    return learners


def linked_to(place: Division | Group) -> list[Division] | list[Group]:
    """The groups that take pupils of a division, or the divisions a group takes them from."""
    if isinstance(place, Group):
        return sorted(place.divisions.select_related("mef"), key=_division_order)
    return sorted(place.groups.all(), key=lambda group: natural(group.label))


# --- levels as one says them: the files write « 2NDE GENERALE ET TECHNO YC BT », « 1CAP2 BOULANGER » ---

STAGES = (
    (r"6|SIXIEME", _("Sixième")),
    (r"5|CINQUIEME", _("Cinquième")),
    (r"4|QUATRIEME", _("Quatrième")),
    (r"3|TROISIEME", _("Troisième")),
    (r"2N?D|SECONDE", _("Seconde")),
    (r"1ER|1-|PREMIERE", _("Première")),
    (r"TLE?P|TL|T-|TERMINALE", _("Terminale")),
)
TRAININGS = (
    re.compile(r"(?P<name>CAP|BP|BTSA?|BAC PRO|MC)\b.*?(?P<year>\d) ?(?:ERE|RE|EME|E|NDE) ANNEE"),
    re.compile(r"(?P<year>\d)(?P<name>CAP|BP|BTSA?|MC)\d?\b"),
)


def level_label(division: Division) -> str:
    """The level of a division in words: « Seconde professionnelle », « CAP, 2e année », else as the files say it."""
    level = _level(division)
    stage = _stage(level)
    if stage < len(STAGES):
        name = str(STAGES[stage][1])
        return gettext("%(stage)s professionnelle") % {"stage": name} if "PRO" in level else name
    for training in TRAININGS:
        if match := training.match(level):
            rank = gettext("1re") if match["year"] == "1" else gettext("%(n)se") % {"n": match["year"]}
            return gettext("%(training)s, %(rank)s année") % {"training": match["name"], "rank": rank}
    return written(level) or gettext("Autres classes")


def _level(division: Division) -> str:
    return (division.level or (division.mef.label if division.mef else "")).upper()


@lru_cache(maxsize=1_000)
def _stage(level: str) -> int:
    return next((rank for rank, (form, _name) in enumerate(STAGES) if re.match(form, level)), len(STAGES))


def _division_order(division: Division) -> tuple[object, ...]:
    level = _level(division)
    stage = _stage(level)
    return "PRO" in level, stage, level_label(division) if stage == len(STAGES) else "", natural(division.label)
