"""Names, towns, streets, phones: the tables, and seeded draws from them."""

from __future__ import annotations

import csv
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Generic, TypeVar

from ent.demo.people import Address

DATA = Path(__file__).parent / "data"
T = TypeVar("T")


def rows(table: str) -> list[dict[str, str]]:
    """The lines of one of our CSV tables, by its name without extension."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dice(seed: str) -> random.Random:
    """A source of chance that the same seed starts again."""
    return random.Random(seed)  # noqa: S311 - believable people, not secrets


@cache
def plain(text: str) -> str:
    """Lower case without accents or punctuation, words tied by hyphens: « N'Diaye » gives « n-diaye »."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower()
    return "-".join("".join(c if c.isalnum() else " " for c in bare).split())


@dataclass(frozen=True)
class Weighted(Generic[T]):
    """Things of which some come more often."""

    things: Sequence[T]
    cumulated: Sequence[float]

    @classmethod
    def of(cls, pairs: Sequence[tuple[T, float]]) -> Weighted[T]:
        return cls([thing for thing, _ in pairs], list(accumulate(weight for _, weight in pairs)))

    def draw(self, rng: random.Random) -> T:
        return rng.choices(self.things, cum_weights=self.cumulated)[0]


@cache
def _first_names() -> dict[tuple[str, str], Weighted[str]]:
    tables: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for row in rows("first_names"):
        tables.setdefault((row["generation"], row["sex"]), []).append((row["name"], float(row["weight"])))
    return {key: Weighted.of(pairs) for key, pairs in tables.items()}


@cache
def _surnames() -> Weighted[str]:
    return Weighted.of([(row["name"], float(row["weight"])) for row in rows("surnames")])


@cache
def _communes(department: str) -> Weighted[tuple[str, str]]:
    return Weighted.of(
        [
            ((row["postal_code"], row["name"]), float(row["weight"]))
            for row in rows("communes")
            if row["department"] == department
        ]
    )


@cache
def _streets() -> list[str]:
    return [row["name"] for row in rows("streets")]


def surname(rng: random.Random) -> str:
    return _surnames().draw(rng)


def pupil_first_name(rng: random.Random, sex: str) -> str:
    return _first_names()["pupil", sex].draw(rng)


def adult_first_name(rng: random.Random, sex: str) -> str:
    return _first_names()["adult", sex].draw(rng)


def commune(rng: random.Random, department: str) -> tuple[str, str]:
    """Postal code and name of a town of the department."""
    return _communes(department).draw(rng)


def street(rng: random.Random) -> str:
    return f"{int(rng.random() * 80) + 1} {rng.choice(_streets())}"


def home(rng: random.Random, near: Address, department: str) -> Address:
    """Where a family of a school lives: its town as often as not, else another of the department."""
    postal_code, town = (near.postal_code, near.commune) if rng.random() < 0.5 else commune(rng, department)
    return Address(street(rng), postal_code, town)


def landline(rng: random.Random) -> str:
    """A number that ARCEP keeps for fiction (02 61 91 xx xx)."""
    return _phone(rng, "+33 2 61 91")


def mobile(rng: random.Random) -> str:
    """A number that ARCEP keeps for fiction (06 39 98 xx xx)."""
    return _phone(rng, "+33 6 39 98")


def _phone(rng: random.Random, prefix: str) -> str:
    number = int(rng.random() * 10_000)
    return f"{prefix} {number // 100:02d} {number % 100:02d}"
