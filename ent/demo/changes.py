"""What happens in a school from one day to the next: who arrives, what changes, who leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Literal, TypeVar

from ent.demo import cast, curriculum, entries, names
from ent.demo.entries import Attributes
from ent.demo.families import Families
from ent.demo.people import Address, Division, Guardian, Population, Pupil, Staff
from ent.demo.population import draw_pupil, school_year

Person = TypeVar("Person", Pupil, Guardian, Staff)

# Ranks of those who arrive, out of reach of those already there.
_FIRST_NEWCOMER = 9001
# People of the cast stay as the pictures show them, but for what `_of_cast` tells.
_CAST_RANKS = 100


@dataclass(frozen=True, slots=True)
class Change:
    request: Literal["add", "modify", "delete"]
    entity: str
    id: int
    attributes: Attributes


def of_school(rng: random.Random, population: Population, day: date, share: float) -> Iterator[Change]:
    """The changes of one school: about `share` of its people, one of each sort at least."""
    story = _Story(rng, population, day)
    many = round(len(population.pupils) * share)
    pupils = story.some(population.pupils, max(3, many))
    leaving, clearing, moving = pupils[::3], pupils[1::3], pupils[2::3]
    yield from story.cast()
    for pupil in leaving:
        yield from story.leave(pupil)
        yield from story.arrive(pupil.division, names.surname(rng))
    for pupil in clearing:
        yield story.clear(pupil)
    for pupil in moving:
        yield story.change_division(pupil)
    guardians = [g for g in population.guardians if g.id not in story.gone]
    for order, guardian in enumerate(story.some(guardians, max(3, round(len(guardians) * share)))):
        yield story.change_guardian(guardian, order)
    for order, person in enumerate(story.some(population.staff, max(3, round(len(population.staff) * share)))):
        yield story.change_staff(person, order)


class _Story:
    """Makes the changes of one school, minding that none speaks of somebody who has left."""

    def __init__(self, rng: random.Random, population: Population, day: date) -> None:
        self.rng, self.population, self.day = rng, population, day
        self.gone: set[int] = set()
        self._here = {guardian.id: guardian for guardian in population.guardians}
        rank = population.school.rank
        guardian_ids = count(cast.jointure(cast.GUARDIANS, rank, _FIRST_NEWCOMER))
        self._pupil_ids = count(cast.jointure(cast.PUPILS, rank, _FIRST_NEWCOMER))
        self._families = Families(rng, population.school, school_year(day), lambda: next(guardian_ids))

    def some(self, people: list[Person], many: int) -> list[Person]:
        """Some people drawn among those who are not of the cast and whose guardians are written with this school."""
        able = [
            person
            for person in people
            if person.id % cast.PER_SCHOOL > _CAST_RANKS
            and not (isinstance(person, Pupil) and not self._known(person))
            and not (isinstance(person, Staff) and len(person.functions) > 1)
        ]
        return self.rng.sample(able, min(many, len(able)))

    def cast(self) -> Iterator[Change]:
        """What the pictures of the import show: Malo changes language, Claire moves, Ilyes leaves, Soline arrives."""
        by_key = {one.id: one.key for one in cast.pupils()}
        for pupil in list(self.population.pupils):
            match by_key.get(pupil.id):
                case "malo-moreau":
                    yield self._change_language(pupil)
                case "ilyes-benhamou":
                    yield from self.leave(pupil)
                    division = next(d for d in self.population.divisions if d.label == "4e C")
                    yield from self.arrive(division, "Barreau", "Soline")
        claire = self._here.get(cast.guardian_ids()["claire-moreau"])
        if claire:
            address = Address("4 quai d'Orléans", claire.address.postal_code, claire.address.commune)
            yield Change("modify", "PersRelEleve", claire.id, entries.address_lines(address))

    def leave(self, pupil: Pupil) -> Iterator[Change]:
        """A pupil leaves, and the guardians who have no other child in the schools."""
        yield Change("delete", "Eleve", pupil.id, [])
        for guardian in pupil.family.guardians if pupil.family else []:
            guardian.children.remove(pupil.id)
            if guardian.children:
                children = [str(child) for child in guardian.children]
                yield Change("modify", "PersRelEleve", guardian.id, [("ENTAuxPersRelEleveEleve", children)])
            else:
                self.gone.add(guardian.id)
                yield Change("delete", "PersRelEleve", guardian.id, [])

    def arrive(self, division: Division, last_name: str, first_name: str = "") -> Iterator[Change]:
        """A new pupil of that division, with a new family."""
        school = self.population.school
        sex = "F" if first_name else self.rng.choice("FM")
        number = next(self._pupil_ids)
        pupil = draw_pupil(self.rng, school, school_year(self.day), division, last_name, sex, number)
        pupil.first_name = first_name or pupil.first_name
        pupil.mail = ""
        pupil.family = self._families.ordinary(last_name)
        yield Change("add", "Eleve", pupil.id, entries.pupil(pupil, self.day))
        for guardian in pupil.family.guardians:
            guardian.children.append(pupil.id)
            yield Change("add", "PersRelEleve", guardian.id, entries.guardian(guardian))

    def clear(self, pupil: Pupil) -> Change:
        """The school no longer knows what a pupil studies: empty values clear."""
        cleared = ("ENTEleveMEF", "ENTEleveLibelleMEF", "ENTEleveEnseignements", "ENTEleveCodeEnseignements")
        return Change("modify", "Eleve", pupil.id, [(name, "") for name in cleared])

    def change_division(self, pupil: Pupil) -> Change:
        """A pupil goes to another division that studies the same, or leaves the groups when there is none."""
        school, current = self.population.school, pupil.division
        others = [d for d in self.population.divisions if d.level is current.level and d is not current]
        if not others:
            return Change("modify", "Eleve", pupil.id, [("ENTEleveRegime", "EXTERNE LIBRE"), ("ENTEleveGroupes", "")])
        division = self.rng.choice(others)
        kept = [group for group in pupil.groups if group.home is None]
        since = f"{school.jointure}${entries.french(self.day)}${division.code}"
        return Change(
            "modify",
            "Eleve",
            pupil.id,
            [
                ("ENTEleveClasses", entries.in_division(school, division)),
                ("ENTEleveGroupes", [f"{school.jointure}${group.code}" for group in kept]),
                ("ENTEleveDateEntreeClasses", since),
            ],
        )

    def change_guardian(self, guardian: Guardian, order: int) -> Change:
        """In turn: a removal, a mobile phone given up, an e-mail address given up."""
        school = self.population.school
        attributes: Attributes = [("mail", "")]
        if order % 3 == 0:
            attributes = entries.address_lines(names.home(self.rng, school.address, school.department))
        elif order % 3 == 1:
            attributes = [("mobile", ""), ("ENTPersonMobileSMS", "")]
        return Change("modify", "PersRelEleve", guardian.id, attributes)

    def change_staff(self, person: Staff, order: int) -> Change:
        """A head teacher gives the charge up; of the others some leave, who teach nobody, or take another name."""
        if person.heads:
            return Change("modify", "PersEducNat", person.id, [("ENTAuxEnsClassesPrincipal", "")])
        if order % 2 and not person.services:
            return Change("delete", "PersEducNat", person.id, [])
        return Change("modify", "PersEducNat", person.id, [("sn", names.surname(self.rng).upper())])

    def _known(self, pupil: Pupil) -> bool:
        return pupil.family is not None and all(guardian.id in self._here for guardian in pupil.family.guardians)

    def _change_language(self, pupil: Pupil) -> Change:
        """Spanish gives way to German, group and subjects alike."""
        school = self.population.school
        german = next(g for g in self.population.groups if g.label == "5e LV2 allemand 1")
        kept = [group for group in pupil.groups if "LV2" not in group.label]
        taken = [*curriculum.common_subjects(pupil.division.level.programme), german.subject]
        return Change(
            "modify",
            "Eleve",
            pupil.id,
            [
                ("ENTEleveGroupes", [f"{school.jointure}${group.code}" for group in [*kept, german]]),
                ("ENTEleveEnseignements", [subject.label for subject in taken]),
                ("ENTEleveCodeEnseignements", [subject.code for subject in taken]),
            ],
        )
