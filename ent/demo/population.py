"""The whole population, one school at a time: the same seed gives the same people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import count

from ent.demo import cast, curriculum, names
from ent.demo.families import Families, birth_between
from ent.demo.people import Division, Family, Population, Pupil, School
from ent.demo.schools import SHOWN, plan
from ent.demo.staffing import Staffing

_SIBLINGS = 0.15
# Families that also have a child in the next school of the list.
_CARRIED = 25
_BOARDING = names.Weighted.of(
    [
        ("DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT", 68.0),
        ("EXTERNE LIBRE", 25.0),
        ("INTERNE DANS L'ETABLISSEMENT", 7.0),
    ]
)


def school_year(day: date) -> int:
    """The civil year in which the school year of that day began (it turns on 1 August)."""
    return day.year if day.month >= 8 else day.year - 1


def populate(schools: int, seed: int, day: date) -> Iterator[Population]:
    """The schools of the demonstration in order, each with its people; nothing is kept of those already given.

    Of the day, only the school year counts: a delta of the next day speaks of the same people.
    """
    planned = plan(schools, seed)
    year = school_year(day)
    staffing, cast_families = Staffing(year), dict[str, Family]()
    neighbours: list[Family] = []
    for school in planned:
        rng = names.dice(f"{seed}:{school.uai}")
        enrolment = _Enrolment(rng, school, year, cast_families, neighbours)
        enrolment.enrol()
        # The four shown schools share nobody with the others, so that they are the same with or without them.
        shares = school.rank not in (SHOWN, len(planned))
        neighbours = enrolment.keep_neighbours(_CARRIED if shares else 0)
        if school.rank == SHOWN:
            enrolment.families.extend(cast_families.values())
        groups = curriculum.open_groups(enrolment.divisions)
        staff = staffing.hire(rng, school, enrolment.divisions, groups, shares=shares)
        guardians = [guardian for family in enrolment.families for guardian in family.guardians]
        yield Population(school, enrolment.divisions, groups, enrolment.pupils, guardians, staff)


class _Enrolment:
    """Fills the divisions of one school, family by family."""

    def __init__(
        self,
        rng: random.Random,
        school: School,
        year: int,
        cast_families: dict[str, Family],
        neighbours: list[Family],
    ) -> None:
        self.rng, self.school, self.year = rng, school, year
        self.divisions = curriculum.open_divisions(school)
        self.pupils: list[Pupil] = []
        # Families to write with this school.
        self.families: list[Family] = list(neighbours)
        # Families that may have another child here, with the level where they already have one.
        self._open: list[tuple[Family, str]] = [(family, "") for family in neighbours]
        self._cast_families = cast_families
        self._pupil_ids = count(cast.jointure(cast.PUPILS, school.rank, 101))
        guardian_ids = count(cast.jointure(cast.GUARDIANS, school.rank, 101))
        self._make = Families(rng, school, self.year, lambda: next(guardian_ids))

    def enrol(self) -> None:
        for division in self.divisions:
            expected = [p for p in cast.pupils() if (p.school, p.division) == (self.school.rank, division.label)]
            for one in expected:
                self._seat_cast(one, division)
            for _ in range(division.size - len(expected)):
                self._seat_somebody(division)

    def keep_neighbours(self, many: int) -> list[Family]:
        """Set apart the last families that may have a child in the next school."""
        kept = [family for family, level in self._open if level][-many:] if many else []
        ids = {id(family) for family in kept}
        self.families = [family for family in self.families if id(family) not in ids]
        return kept

    def _seat_cast(self, one: cast.CastPupil, division: Division) -> None:
        pupil = self._pupil(division, one.last_name, one.sex, id=one.id)
        pupil.first_name, pupil.mail = one.first_name, ""
        month, day = one.birthday or (pupil.birth.month, min(pupil.birth.day, 28))
        pupil.birth = date(self.year - division.level.age - one.years_late, month, day)
        if one.family == "self":
            self._settle(pupil, self._new(self._make.of_oneself(pupil)))
        elif one.family == "":
            self._settle(pupil, self._new(self._make.ordinary(one.last_name)))
        elif one.family != "none":
            if one.family not in self._cast_families:
                members = cast.guardians(one.family)
                self._cast_families[one.family] = (
                    self._make.of_cast(one.last_name, members) if members else self._make.ordinary(one.last_name)
                )
            self._settle(pupil, self._cast_families[one.family])

    def _seat_somebody(self, division: Division) -> None:
        rng = self.rng
        sex = "F" if rng.random() < 0.495 else "M"
        family = self._sibling_family(division.level.name) if rng.random() < _SIBLINGS else None
        pupil = self._pupil(division, family.last_name if family else names.surname(rng), sex)
        grown_up = (date(self.year, 9, 1) - pupil.birth).days >= 18 * 365.25
        if family is None:
            alone = grown_up and rng.random() < 0.5
            family = self._new(self._make.of_oneself(pupil) if alone else self._make.ordinary(pupil.last_name))
            if not alone and rng.random() < 0.5:
                self._open.append((family, division.level.name))
        self._settle(pupil, family)

    def _sibling_family(self, level: str) -> Family | None:
        """A family already known that has no child at this level."""
        if not self._open:
            return None
        position = int(self.rng.random() * len(self._open))
        family, known = self._open[position]
        if known == level:
            return None
        self._open[position] = self._open[-1]
        self._open.pop()
        return family

    def _new(self, family: Family) -> Family:
        self.families.append(family)
        return family

    def _settle(self, pupil: Pupil, family: Family) -> None:
        pupil.family = family
        for guardian in family.guardians:
            guardian.children.append(pupil.id)

    def _pupil(self, division: Division, last_name: str, sex: str, id: int | None = None) -> Pupil:
        number = next(self._pupil_ids) if id is None else id
        pupil = draw_pupil(self.rng, self.school, self.year, division, last_name, sex, number)
        division.pupils.append(pupil)
        self.pupils.append(pupil)
        return pupil


def draw_pupil(
    rng: random.Random, school: School, year: int, division: Division, last_name: str, sex: str, id: int
) -> Pupil:
    """A pupil of that division, still without family or groups, and not yet on its list."""
    level = division.level
    first_name = names.pupil_first_name(rng, sex)
    born = year - level.age - (rng.random() < 0.07)
    has_mail = level.age >= 15 and rng.random() < 0.3
    mail = f"{names.plain(first_name)}.{names.plain(last_name)}{id % 2_000_000}@eleve.example"
    return Pupil(
        id=id,
        school=school,
        last_name=last_name,
        first_name=first_name,
        other_names=[names.pupil_first_name(rng, sex) for _ in range(int(rng.random() * 3))],
        sex=sex,
        birth=birth_between(rng, born, born),
        division=division,
        boarding=_BOARDING.draw(rng),
        scholarship=rng.random() < 0.26,
        transport=rng.random() < 0.35,
        mail=mail if has_mail else "",
        family=None,
        options=curriculum.choose(rng, level.programme),
    )
