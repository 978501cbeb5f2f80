"""Guardians: who answers for a pupil, where they live, how they are reached."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from ent.demo import cast, names
from ent.demo.people import Address, Family, Guardian, Link, Pupil, School

# Codes of N_LIEN_ELEVE_RESPONSABLE.
MOTHER, FATHER, GRANDPARENT, FOSTER, TUTOR, CHILD_WELFARE, ONESELF = 10, 20, 38, 42, 50, 51, 70

_SITUATIONS = names.Weighted.of(
    [("together", 57.0), ("separated", 18.0), ("mother", 18.0), ("father", 5.0), ("other", 2.0)]
)
_OTHER_KINDS = (GRANDPARENT, FOSTER, TUTOR, CHILD_WELFARE)


class Families:
    """Makes the families of one school; `next_id` gives the identifier of each new guardian."""

    def __init__(self, rng: random.Random, school: School, year: int, next_id: Callable[[], int]) -> None:
        self.rng, self.school, self.year, self.next_id = rng, school, year, next_id

    def ordinary(self, last_name: str) -> Family:
        """A family whose children bear that name: parents together or apart, one parent, or somebody else."""
        rng = self.rng
        address = names.home(rng, self.school.address, self.school.department)
        match _SITUATIONS.draw(rng):
            case "together":
                mother = self._adult(last_name if rng.random() < 0.6 else names.surname(rng), "F", address)
                return self._family(last_name, [(mother, MOTHER), (self._adult(last_name, "M", address), FATHER)])
            case "separated":
                apart = names.home(rng, self.school.address, self.school.department)
                mother = self._adult(names.surname(rng), "F", address)
                return self._family(last_name, [(mother, MOTHER), (self._adult(last_name, "M", apart), FATHER)])
            case "mother":
                return self._family(last_name, [(self._adult(last_name, "F", address), MOTHER)])
            case "father":
                return self._family(last_name, [(self._adult(last_name, "M", address), FATHER)])
        kind, sex = rng.choice(_OTHER_KINDS), rng.choice("FM")
        name = last_name if kind == GRANDPARENT else names.surname(rng)
        return self._family(last_name, [(self._adult(name, sex, address), kind)])

    def of_oneself(self, pupil: Pupil) -> Family:
        """An adult or emancipated pupil answers for themselves: the same human, as guardian (link 70)."""
        address = names.home(self.rng, self.school.address, self.school.department)
        guardian = self._adult(pupil.last_name, pupil.sex, address)
        guardian.first_name, guardian.birth, guardian.mail = pupil.first_name, pupil.birth, pupil.mail
        return self._family(pupil.last_name, [(guardian, ONESELF)])

    def of_cast(self, last_name: str, members: list[cast.CastGuardian]) -> Family:
        """A family of the cast, as its table says."""
        guardians, links = [], []
        for member in members:
            address = Address(member.street, member.postal_code, member.commune)
            guardian = self._adult(member.last_name, member.sex, address, id=cast.guardian_ids()[member.key])
            guardian.first_name, guardian.mail = member.first_name, member.mail
            guardian.birth = date.fromisoformat(member.birth) if member.birth else None
            guardians.append(guardian)
            links.append(Link(guardian.id, member.link, member.pays, member.legal, member.contact))
        return Family(last_name, guardians, links, guardians[0].address)

    def _family(self, last_name: str, members: list[tuple[Guardian, int]]) -> Family:
        first = members[0][0]
        links = [
            Link(
                guardian.id,
                kind,
                pays=guardian is first,
                # A foster family has the child in charge; the law answers elsewhere.
                legal=2 if kind == FOSTER else 1,
                contact=guardian.address == first.address,
            )
            for guardian, kind in members
        ]
        return Family(last_name, [guardian for guardian, _ in members], links, first.address)

    def _adult(self, last_name: str, sex: str, address: Address, id: int | None = None) -> Guardian:
        rng = self.rng
        number = self.next_id() if id is None else id
        first_name = names.adult_first_name(rng, sex)
        address_known = rng.random()
        has_mail = rng.random() < 0.86
        return Guardian(
            id=number,
            last_name=last_name,
            first_name=first_name,
            sex=sex,
            # AAF seldom knows when a guardian was born.
            birth=birth_between(rng, self.year - 56, self.year - 34) if rng.random() < 0.3 else None,
            address=address,
            home_phone=names.landline(rng) if rng.random() < 0.35 else "",
            work_phone=names.landline(rng) if rng.random() < 0.2 else "",
            mobile=names.mobile(rng) if rng.random() < 0.93 else "",
            mail=f"{names.plain(first_name)}.{names.plain(last_name)}{number % 2_000_000}@famille.example"
            if has_mail
            else "",
            accepts_sms=rng.random() < 0.7,
            shares_address=address_known < 0.6,
        )


def birth_between(rng: random.Random, first_year: int, last_year: int) -> date:
    """A day of those years, ends included."""
    return date(first_year, 1, 1) + timedelta(days=int(rng.random() * (365.25 * (last_year - first_year + 1) - 1)))
