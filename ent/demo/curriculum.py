"""What is studied: levels, subjects and weekly lessons; divisions and groups of a school."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import ceil

from ent.demo import names
from ent.demo.people import Division, Group, Level, Pupil, School, Subject

GROUP_SIZE = 28


@dataclass(frozen=True, slots=True)
class Lesson:
    """A subject of a programme and its weekly hours.

    `taught_to` is "division", "half", "lv2" or "speciality"; the last two are chosen by `picks` with `share` as weight.
    """

    subject: Subject
    hours: float
    taught_to: str
    picks: int
    share: float


@cache
def subjects() -> dict[str, Subject]:
    """The subjects by their six-digit code."""
    return {row["code"]: Subject(**row) for row in names.rows("subjects")}


@cache
def levels() -> list[Level]:
    return [
        Level(
            types=tuple(row["types"].split()),
            name=row["name"],
            age=int(row["age"]),
            weight=int(row["weight"]),
            size=int(row["size"]),
            pattern=row["pattern"],
            programme=row["programme"],
            mef=row["mef"],
            mef_label=row["mef_label"],
            stat=row["stat"],
            training=row["training"],
            stream=row["stream"],
            status=row["status"],
        )
        for row in names.rows("levels")
    ]


@cache
def lessons(programme: str) -> list[Lesson]:
    """What is taught in a programme, hours by week."""
    return [_lesson(row) for row in names.rows("lessons") if row["programme"] == programme]


def _lesson(row: dict[str, str]) -> Lesson:
    kind, _, share = row["taught_to"].partition(":")
    many = kind.removeprefix("speciality")
    picks = int(many) if many.isdigit() else int(kind == "lv2")
    kind = "speciality" if many.isdigit() else kind
    return Lesson(subjects()[row["subject"]], float(row["hours"]), kind, picks, float(share or 0))


@cache
def _choices(programme: str, kind: str) -> tuple[int, names.Weighted[Subject]] | None:
    """How many subjects of a kind a pupil takes, and from which."""
    offered = [lesson for lesson in lessons(programme) if lesson.taught_to == kind]
    if not offered:
        return None
    return offered[0].picks, names.Weighted.of([(lesson.subject, lesson.share) for lesson in offered])


def choose(rng: random.Random, programme: str) -> list[Subject]:
    """The options that a pupil of the programme takes."""
    chosen: list[Subject] = []
    for kind in ("lv2", "speciality"):
        offer = _choices(programme, kind)
        if offer is None:
            continue
        picks, subjects_offered = offer
        wanted = len(chosen) + picks
        while len(chosen) < wanted:
            subject = subjects_offered.draw(rng)
            if subject not in chosen:
                chosen.append(subject)
    return chosen


@cache
def common_subjects(programme: str) -> tuple[Subject, ...]:
    """What everybody in the programme studies."""
    return tuple(dict.fromkeys(item.subject for item in lessons(programme) if item.taught_to in ("division", "half")))


def split(total: int, weights: list[int]) -> list[int]:
    """Share a total in whole parts near the weights; the parts add up to the total."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def open_divisions(school: School) -> list[Division]:
    """The divisions of a school, each with the number of pupils it is to receive (their sum is the school’s size)."""
    offered = [level for level in levels() if school.type in level.types]
    numbers: Counter[str] = Counter()
    divisions = []
    for level, pupils in zip(offered, split(school.size, [level.weight for level in offered]), strict=True):
        # As many divisions as the usual size gives, and one more rather than a crowd.
        count = max(1, round(pupils / level.size), ceil(pupils / (level.size * 1.25)))
        for size in split(pupils, [1] * count):
            numbers[level.pattern] += 1
            n = numbers[level.pattern]
            label = level.pattern.format(number=n, letter=chr(ord("A") + n - 1))
            divisions.append(Division(_code(label), label, level, size))
    return divisions


def _code(label: str) -> str:
    """The code AAF would show: « 2de 4 » gives « 2DE4 », « CAP 1 boulanger A » gives « CAP1BOUA »."""
    words = names.plain(label).upper().split("-")
    return "".join(word if len(word) <= 4 else word[:3] for word in words)


def open_groups(divisions: list[Division]) -> list[Group]:
    """The groups that the lessons of the divisions call for; the pupils present in the divisions join theirs."""
    return [*_half_groups(divisions), *_option_groups(divisions)]


def _half_groups(divisions: list[Division]) -> list[Group]:
    groups = []
    for division in divisions:
        middle = (len(division.pupils) + 1) // 2
        for lesson in lessons(division.level.programme):
            if lesson.taught_to != "half":
                continue
            short = lesson.subject.short
            for n, members in ((1, division.pupils[:middle]), (2, division.pupils[middle:])):
                code = f"{division.code}{names.plain(short)[:3].upper()}{n}"
                group = Group(code, f"{division.label} {short} gr. {n}", lesson.subject, lesson.hours, home=division)
                groups.append(_filled(group, members))
    return groups


def _option_groups(divisions: list[Division]) -> list[Group]:
    """One series of groups by level, kind of option and subject, in the order of the divisions."""
    takers: dict[tuple[str, str, Subject], list[Pupil]] = {}
    hours: dict[tuple[str, str, Subject], float] = {}
    for division in divisions:
        for lesson in lessons(division.level.programme):
            if lesson.taught_to not in ("lv2", "speciality"):
                continue
            key = (division.level.name, lesson.taught_to, lesson.subject)
            hours.setdefault(key, lesson.hours)
            takers.setdefault(key, []).extend(p for p in division.pupils if lesson.subject in p.options)
    groups = []
    for (level, kind, subject), members in takers.items():
        count = -(-len(members) // GROUP_SIZE)
        start = 0
        for n, size in enumerate(split(len(members), [1] * count) if count else [], 1):
            word, mark = ("LV2", "") if kind == "lv2" else ("spé", "S")
            code = f"{level[0].upper()}{mark}{names.plain(subject.short)[:4].upper()}{n}"
            group = Group(code, f"{level} {word} {subject.short} {n}", subject, hours[level, kind, subject])
            groups.append(_filled(group, members[start : start + size]))
            start += size
    return groups


def _filled(group: Group, members: list[Pupil]) -> Group:
    for pupil in members:
        pupil.groups.append(group)
    group.divisions = list(dict.fromkeys(pupil.division for pupil in members))
    return group
