"""What the demonstration is made of: schools, divisions, pupils, guardians, staff. Plain data, no rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    postal_code: str
    commune: str


@dataclass(frozen=True, slots=True)
class School:
    """A school of the demonstration; `rank` starts at 1 and gives every identifier of the school its prefix."""

    rank: int
    uai: str
    type: str
    name: str
    department: str
    address: Address
    size: int

    @property
    def jointure(self) -> int:
        return 1000 + self.rank


@dataclass(frozen=True, slots=True)
class Level:
    """A line of levels.csv: a year of study in a type of school, and the MEF that AAF gives it."""

    types: tuple[str, ...]
    name: str
    age: int
    weight: int
    size: int
    pattern: str
    programme: str
    mef: str
    mef_label: str
    stat: str
    training: str
    stream: str
    status: str


@dataclass(frozen=True, slots=True)
class Subject:
    code: str
    label: str
    short: str
    discipline: str
    discipline_label: str


@dataclass(eq=False, slots=True)
class Division:
    code: str
    label: str
    level: Level
    size: int
    pupils: list[Pupil] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Group:
    """Pupils of one or several divisions taught one subject together; `home` is the division it halves, if any."""

    code: str
    label: str
    subject: Subject
    hours: float
    divisions: list[Division] = field(default_factory=list)
    home: Division | None = None


@dataclass(slots=True)
class Link:
    """How a guardian is bound to a pupil, with the codes of ENTElevePersRelEleve."""

    guardian: int
    kind: int
    pays: bool
    legal: int
    contact: bool


@dataclass(slots=True)
class Guardian:
    id: int
    last_name: str
    first_name: str
    sex: str
    birth: date | None
    address: Address
    home_phone: str
    work_phone: str
    mobile: str
    mail: str
    accepts_sms: bool
    shares_address: bool
    children: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Family:
    """Guardians who answer for the same children, with the link each has to them."""

    last_name: str
    guardians: list[Guardian]
    links: list[Link]
    address: Address


@dataclass(slots=True)
class Pupil:
    id: int
    school: School
    last_name: str
    first_name: str
    other_names: list[str]
    sex: str
    birth: date
    division: Division
    boarding: str
    scholarship: bool
    transport: bool
    mail: str
    family: Family | None
    groups: list[Group] = field(default_factory=list)
    options: list[Subject] = field(default_factory=list)

    @property
    def ine(self) -> str:
        """Eleven characters as the national identifier has: nine digits and two letters."""
        letters = "ABCDEFGHJK"
        return f"{self.id:09d}{letters[self.id % 10]}{letters[self.id // 10 % 10]}"


@dataclass(frozen=True, slots=True)
class Function:
    """A line of functions.csv, or teaching, with the discipline of the post."""

    code: str
    label: str
    discipline: str
    discipline_label: str


@dataclass(frozen=True, slots=True)
class Service:
    """A subject taught by somebody to a division or a group of a school."""

    school: School
    target: Division | Group
    subject: Subject


@dataclass(eq=False, slots=True)
class Staff:
    id: int
    last_name: str
    first_name: str
    sex: str
    birth: date
    mail: str
    functions: list[tuple[School, Function]]
    services: list[Service] = field(default_factory=list)
    heads: list[tuple[School, Division]] = field(default_factory=list)

    @property
    def teaches(self) -> bool:
        return any(function.code == "ENS" for _, function in self.functions)


@dataclass(slots=True)
class Population:
    """One school and the people to write with it.

    Guardians and staff who belong to two schools come with the last of the two, so that each appears once.
    """

    school: School
    divisions: list[Division]
    groups: list[Group]
    pupils: list[Pupil]
    guardians: list[Guardian]
    staff: list[Staff]
