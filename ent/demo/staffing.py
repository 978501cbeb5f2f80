"""Who works in a school: teachers for every lesson, and those without whom it would not open."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import count

from ent.demo import cast, curriculum, names
from ent.demo.families import birth_between
from ent.demo.people import Division, Function, Group, School, Service, Staff, Subject

FULL_WEEK = 18.0
# Below this many hours a teacher completes their week in a neighbouring school.
SMALL_WEEK = 9.0
_SHARED_TEACHERS = 3


@dataclass(eq=False, slots=True)
class _Post:
    """A teacher while the lessons are being given out."""

    staff: Staff
    discipline: str
    hours: float = 0.0
    wanted: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Need:
    """Lessons of one discipline that one teacher gives to a division or a group."""

    discipline: str
    target: Division | Group
    subject: Subject
    hours: float

    @property
    def labels(self) -> set[str]:
        home = self.target.home if isinstance(self.target, Group) else None
        return {self.target.label} | ({home.label} if home else set())


@cache
def _function_rows() -> list[dict[str, str]]:
    return names.rows("functions")


@cache
def function(key: str, subject: str = "") -> Function:
    """A function by its key in functions.csv; « ENS » needs the code of the subject taught."""
    if key == "ENS":
        taught = curriculum.subjects()[subject]
        return Function("ENS", "ENSEIGNEMENT", taught.discipline, taught.discipline_label)
    row = next(row for row in _function_rows() if row["key"] == key)
    return Function(row["code"], row["label"], row["discipline"], row["discipline_label"])


class Staffing:
    """Hires the staff of one school after another; teachers with a small week may go on to the next school."""

    def __init__(self, year: int) -> None:
        self.year = year
        self._mails: dict[str, int] = {}
        self._shared: list[_Post] = []
        self._cast: dict[int, Staff] = {}

    def hire(
        self, rng: random.Random, school: School, divisions: list[Division], groups: list[Group], *, shares: bool
    ) -> list[Staff]:
        """The staff to write with this school.

        When it `shares`, a few teachers are kept for the school that comes next, and come with it.
        """
        hirer = _Hirer(self, rng, school)
        posts = [*self._arriving(school), *self._cast_posts(school)]
        for need in sorted(_needs(divisions, groups), key=lambda need: need.discipline):
            hirer.give(need, posts)
        hirer.name_head_teachers(posts, divisions)
        small = [
            post
            for post in posts
            if post.hours < SMALL_WEEK and not post.wanted and not post.staff.heads and len(post.staff.functions) == 1
        ]
        self._shared = small[:_SHARED_TEACHERS] if shares else []
        kept = {post.staff.id for post in self._shared} | _expected_after(school)
        people = [*(post.staff for post in posts), *self._cast_others(school), *hirer.hire_others()]
        return [person for person in people if person.id not in kept]

    def _arriving(self, school: School) -> list[_Post]:
        """Teachers of the previous school who complete their week here."""
        for post in self._shared:
            here = post.staff.functions[0][1]
            post.staff.functions.append((school, here))
        return self._shared

    def _cast_posts(self, school: School) -> list[_Post]:
        posts = []
        for row in cast.staff():
            if not row.subject or not any(rank == school.rank for rank, _ in row.functions):
                continue
            wanted = {label for rank, label in row.targets if rank == school.rank}
            person = self._cast_person(row, school)
            posts.append(_Post(person, curriculum.subjects()[row.subject].discipline, wanted=wanted))
        return posts

    def _cast_others(self, school: School) -> list[Staff]:
        return [self._cast_person(row, school) for row in cast.staff() if row.school == school.rank and not row.subject]

    def _cast_person(self, row: cast.CastStaff, school: School) -> Staff:
        functions = [(school, function(key, row.subject)) for rank, key in row.functions if rank == school.rank]
        if row.id in self._cast:
            self._cast[row.id].functions.extend(functions)
        else:
            mail = self.mail(row.first_name, row.last_name)
            birth = date.fromisoformat(row.birth)
            self._cast[row.id] = Staff(row.id, row.last_name, row.first_name, row.sex, birth, mail, functions)
        return self._cast[row.id]

    def mail(self, first_name: str, last_name: str) -> str:
        """A professional address that nobody has yet."""
        stem = f"{names.plain(first_name)}.{names.plain(last_name)}"
        taken = self._mails[stem] = self._mails.get(stem, 0) + 1
        return f"{stem}{taken if taken > 1 else ''}@ac-touraine.example"


def _expected_after(school: School) -> set[int]:
    """Those of the cast who also work in a school that comes later: they are written with it."""
    return {row.id for row in cast.staff() if row.functions[-1][0] > school.rank}


def _needs(divisions: list[Division], groups: list[Group]) -> list[_Need]:
    needs = [
        _Need(lesson.subject.discipline, division, lesson.subject, lesson.hours)
        for division in divisions
        for lesson in curriculum.lessons(division.level.programme)
        if lesson.taught_to == "division"
    ]
    needs += [_Need(group.subject.discipline, group, group.subject, group.hours) for group in groups]
    return needs


class _Hirer:
    """Gives out the lessons of one school, hiring when nobody has room."""

    def __init__(self, staffing: Staffing, rng: random.Random, school: School) -> None:
        self.staffing, self.rng, self.school = staffing, rng, school
        self._ids = count(cast.jointure(cast.STAFF, school.rank, 101))

    def give(self, need: _Need, posts: list[_Post]) -> None:
        """Give lessons to who wants them, else to who has room, else to somebody new."""
        same = [post for post in posts if post.discipline == need.discipline]
        chosen = next((post for post in same if post.wanted & need.labels), None)
        chosen = chosen or next((p for p in same if not p.wanted and p.hours + need.hours <= FULL_WEEK + 1), None)
        if chosen is None:
            chosen = _Post(self._person([function("ENS", need.subject.code)]), need.discipline)
            posts.append(chosen)
        chosen.hours += need.hours
        chosen.staff.services.append(Service(self.school, need.target, need.subject))

    def name_head_teachers(self, posts: list[_Post], divisions: list[Division]) -> None:
        """One head teacher for each division: the one its table names, else one who teaches it whole."""
        named = {label: row.id for row in cast.staff() for rank, label in row.heads if rank == self.school.rank}
        busy = {row.id for row in cast.staff() if row.heads}
        for division in divisions:
            wished = [post.staff for post in posts if post.staff.id == named.get(division.label)]
            able = [post.staff for post in posts if any(s.target is division for s in post.staff.services)]
            free = [person for person in able if person.id not in busy]
            for person in [*wished, *free, *able][:1]:
                busy.add(person.id)
                person.heads.append((self.school, division))

    def hire_others(self) -> list[Staff]:
        """Headship, school life, library, offices, health, laboratories, agents."""
        already = [key for row in cast.staff() for rank, key in row.functions if rank == self.school.rank]
        people = []
        for row in _function_rows():
            if row["types"] and self.school.type not in row["types"].split():
                continue
            wanted = max(int(row["minimum"]), round(self.school.size / int(row["one_per"])))
            for _ in range(wanted - already.count(row["key"])):
                people.append(self._person([function(row["key"])]))
        return people

    def _person(self, functions: list[Function]) -> Staff:
        rng = self.rng
        sex = "F" if rng.random() < 0.62 else "M"
        first_name, last_name = names.adult_first_name(rng, sex), names.surname(rng)
        return Staff(
            id=next(self._ids),
            last_name=last_name,
            first_name=first_name,
            sex=sex,
            birth=birth_between(rng, self.staffing.year - 62, self.staffing.year - 25),
            mail=self.staffing.mail(first_name, last_name),
            functions=[(self.school, one) for one in functions],
        )
