"""Finding: what a source is, and the search over all of them.

An app declares its sources in its `searches.py`: `@sources.register("people") class People(Source): …`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection
from django.utils.functional import Promise

from ent.core.registries import Registry
from ent.foundation.schools import scope

MOST_WORDS = 6
PER_KIND = 8
# A word of four letters or more may be another that was mistyped: one that looks like it enough and begins by the same
# letter or sound, which is cheap to ask first. « Mureau » may be Moreau, « Eloïse » Héloïse; « Claire » is not Lemaire.
LONG_ENOUGH = 4
ALIKE_ENOUGH = 0.42
SOUNDS = ("ckqs", "szc", "gj", "pf", "iyh", "aeouh", "vw")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the index that matches."""

    object_id: int
    title: str
    subtitle: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the answer. `initials` and `colour` are those of a person's avatar."""

    title: str
    subtitle: str
    url: str
    initials: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one kind, best first."""

    kind: str
    label: str | Promise
    icon: str
    results: list[Result]


class Source:
    """A kind of things that can be found. `viewer` is the person who searches, as the source's own app knows them.

    `select` is a query with the columns (school_id, object_id, title, subtitle, body, audience), without order, one row
    per school and object. It takes `%(schools)s` and `%(objects)s`, arrays of ids or null for all, and must restrict
    itself to them. `audience` is a sorted array of words; a viewer finds the row who has one of them.
    """

    label: ClassVar[str | Promise]
    icon: ClassVar[str] = "search"
    order: ClassVar[int] = 50
    select: ClassVar[str] = ""

    @classmethod
    def audiences(cls, viewer: Any) -> set[str]:
        """The words of audience that this viewer has, in the schools they read."""
        return set()

    @classmethod
    def results(cls, viewer: Any, entries: list[Entry]) -> list[Result]:
        """The last word: the entries that the viewer may really see, in their order, with their addresses."""
        raise NotImplementedError

    @classmethod
    def find(cls, viewer: Any, text: str) -> list[Result]:
        """What is found without the index, for a kind of few things."""
        return []


sources: Registry[type[Source]] = Registry("searches")


def search(viewer: Any, text: str, limit: int = PER_KIND) -> list[Group]:
    """What the viewer may find under `text`, by kind, at most `limit` of each.

    Each word must begin a word of the title, the subtitle or the body, or be a French form of one of the body;
    accents and case are ignored. Where nothing matches so, words that look alike are taken (« Mureau », Moreau).
    """
    words = words_of(text)
    if not words:
        return []
    entries = _indexed(viewer, words, limit)
    groups = []
    for kind, source in sorted(sources.items(), key=lambda item: (item[1].order, item[0])):
        found = entries.get(kind, [])
        results = source.results(viewer, found) if found else source.find(viewer, text)
        if results:
            groups.append(Group(kind, source.label, source.icon, results[:limit]))
    return groups


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without accents, at most six: what `ent_plain` makes of it in PostgreSQL."""
    spread = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", bare)[:MOST_WORDS]


def _indexed(viewer: Any, words: list[str], limit: int) -> dict[str, list[Entry]]:
    schools = sorted(scope.current().reads)
    audiences = sorted(set[str]().union(*(source.audiences(viewer) for source in sources)))
    if not schools or not audiences:
        return {}
    parameters = {"schools": schools, "audiences": audiences, "limit": limit, "text": " ".join(words)}
    for match, score, more in (_exact(words), _alike(words)):
        found = _rows(SEARCH.format(match=match, score=score), {**parameters, **more})
        if found:
            return _by_kind(found)
    return {}


# Two rows of one thing (a teacher of two schools) are one result.
SEARCH = """
WITH found AS (
    SELECT DISTINCT ON (kind, object_id) kind, object_id, title, subtitle, {score} AS score
    FROM search_searchentry
    WHERE school_id = ANY(%(schools)s::bigint[]) AND audience && %(audiences)s::text[] AND {match}
    ORDER BY kind, object_id, score DESC
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY score DESC, title, object_id) AS place FROM found
)
SELECT kind, object_id, title, subtitle FROM placed WHERE place <= %(limit)s ORDER BY kind, place
"""

Condition = tuple[str, str, dict[str, Any]]


def _exact(words: list[str]) -> Condition:
    """Every word begins one of the entry's, or is a form of one of its body's; whole words of the title count most."""
    parts, whole = [], []
    for n in range(len(words)):
        parts.append(f"(to_tsquery('simple', %(begin{n})s) || to_tsquery('ent_french', %(form{n})s))")
        whole.append(f"(vector @@ to_tsquery('simple', %(whole{n})s))::int")
    query = f"({' && '.join(parts)})"
    score = f"{' + '.join(whole)} + ts_rank(vector, {query}) + similarity(plain, %(text)s)"
    return f"vector @@ {query}", score, _named(words)


def _alike(words: list[str]) -> Condition:
    """Every word begins one of the entry's, or looks like one of its title."""
    parts, scores = [], []
    for n, word in enumerate(words):
        begins = f"vector @@ to_tsquery('simple', %(begin{n})s)"
        alike = f"word_similarity(%(word{n})s, plain)"
        sound = f"vector @@ to_tsquery('simple', %(sound{n})s)"
        mistyped = f"({sound} AND {alike} >= {ALIKE_ENOUGH})"
        parts.append(f"({begins} OR {mistyped})" if len(word) >= LONG_ENOUGH else begins)
        scores.append(alike)
    return " AND ".join(parts), " + ".join(scores), _named(words)


def _named(words: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for n, word in enumerate(words):
        named |= {f"word{n}": word, f"begin{n}": f"{word}:*", f"form{n}": f"{word}:*D", f"whole{n}": f"{word}:A"}
        named[f"sound{n}"] = " | ".join(f"{letter}:*A" for letter in _heard_as(word[0]))
    return named


def _heard_as(letter: str) -> list[str]:
    """The letters by which a word beginning with this one may be written."""
    return sorted({letter}.union(*(sound for sound in SOUNDS if letter in sound)))


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _by_kind(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Entry]]:
    kinds: dict[str, list[Entry]] = {}
    for kind, object_id, title, subtitle in rows:
        kinds.setdefault(kind, []).append(Entry(object_id, title, subtitle))
    return kinds
