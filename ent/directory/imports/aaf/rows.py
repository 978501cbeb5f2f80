"""From the entries of a file to the rows that are staged, without the database: a process of its own may do it.

An entry whose content is the one last applied is a row marked `seen`, with nothing else: it costs its reading.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.directory.enums import ImportEntity
from ent.directory.imports.aaf import facts
from ent.directory.imports.aaf.entries import ENTITIES, Entry, Schools, entry_of
from ent.directory.imports.aaf.reader import AafReader, Record
from ent.directory.imports.aaf.sources import AafFile, find_sources
from ent.directory.imports.problems import Anomaly
from ent.directory.models import Person, Schooling

CHUNK = 2_000
COLUMNS = ("run_id", "entity", "entry", "operation", "file", "digest", "facts", "contact", "ine", "social")
Row = tuple[Any, ...]
# What was last applied: the digest of each entry, by entity.
Digests = Mapping[str, Mapping[str, bytes]]
Accept = Callable[[Record, list[Anomaly]], bool]

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Chunk(NamedTuple):
    """Some rows of a file, what was found doubtful in them, and how many entries they come from."""

    file: AafFile
    rows: list[Row]
    anomalies: list[Anomaly]
    entries: int
    is_last: bool


class RowMaker:
    """Reads the files of a run; those of one entity must all be read by the same one, which knows its doubles."""

    def __init__(self, run_id: int, schools: Schools, digests: Digests) -> None:
        self._run_id, self._schools, self._digests = run_id, schools, digests
        self._given: defaultdict[str, set[str]] = defaultdict(set)
        self._numbered: dict[str, str] = {}  # the entry of each INE
        self._key = hashlib.sha256(b"ent source entry" + settings.SECRET_KEY.encode()).digest()
        self._seals = {
            "contact": _sealer(Person, "contact"),
            "ine": _sealer(Person, "ine"),
            "social": _sealer(Schooling, "social"),
        }

    def chunks(self, stream: BinaryIO, file: AafFile, accept: Accept | None = None) -> Iterator[Chunk]:
        """The rows of a file, by chunks; the last one, perhaps empty, is marked. `accept` may set an entry aside."""
        entity = ENTITIES[file.entity]
        rows: list[Row] = []
        anomalies: list[Anomaly] = []
        entries = 0
        for record in AafReader(stream, file.name, anomalies, expected=file.entity):
            if self._is_double(entity, record, anomalies):
                continue
            entries += 1
            if accept is None or accept(record, anomalies):
                rows.append(self._row(entity, record, anomalies))
            if len(rows) + len(anomalies) >= CHUNK:
                yield Chunk(file, rows.copy(), anomalies.copy(), entries, is_last=False)
                rows.clear()
                anomalies.clear()
                entries = 0
        yield Chunk(file, rows, anomalies, entries, is_last=True)

    def _is_double(self, entity: ImportEntity, record: Record, anomalies: list[Anomaly]) -> bool:
        given = self._given[entity]
        if record.id in given:
            sentence = _("Cet identifiant est donné deux fois dans les fichiers : seule la première entrée est gardée.")
        elif len(record.id) > 120:
            sentence = _("Cet identifiant est trop long : l’entrée est ignorée.")
        else:
            given.add(record.id)
            return False
        anomalies.append(Anomaly(record.file, record.id[:120], "", "", sentence))
        return True

    def _row(self, entity: ImportEntity, record: Record, anomalies: list[Anomaly]) -> Row:
        digest = self._digest(record)
        start = (self._run_id, entity.value, record.id)
        before = len(anomalies)
        is_shared = entity is ImportEntity.PUPILS and self._has_number_of_another(record, anomalies)
        if record.operation == "add" and not is_shared and self._digests.get(entity, {}).get(record.id) == digest:
            return (*start, "seen", record.file, digest, None, None, None, None)
        if record.operation == "delete":
            return (*start, "delete", record.file, digest, None, None, None, None)
        entry: Entry = entry_of(record, self._schools, anomalies)
        if len(anomalies) > before:
            # Looked at again at the next import: what is reported now would otherwise be forgotten.
            digest = b""
        return (
            *start,
            record.operation,
            record.file,
            digest,
            _encoded(entry.facts),
            self._seals["contact"](entry.contact),
            self._seals["ine"](None if is_shared else entry.ine),
            self._seals["social"](entry.social),
        )

    def _has_number_of_another(self, record: Record, anomalies: list[Anomaly]) -> bool:
        """An INE is one pupil's alone: the first entry keeps it, and the report names both."""
        ine = facts.text(record, "ENTEleveINE") if record.operation != "delete" else ""
        first = self._numbered.setdefault(ine, record.id) if ine else record.id
        if first == record.id:
            return False
        sentence = _(
            "L’entrée %(entry)s a le même INE : il est laissé à la première. L’académie doit corriger l’une des deux."
        )
        anomalies.append(Anomaly(record.file, record.id, "ENTEleveINE", "", sentence % {"entry": first}))
        return True

    def _digest(self, record: Record) -> bytes:
        content = repr((record.operation, record.attributes)).encode()
        return hashlib.blake2b(content, digest_size=16, key=self._key).digest()


def chunks_of(
    paths: list[Path], files: list[AafFile], run_id: int, schools: Schools, digests: Digests
) -> Iterator[Chunk]:
    """The rows of these files, found again in `paths`: what a process of its own does."""
    rows = RowMaker(run_id, schools, digests)
    with find_sources(paths) as sources:
        for file in files:
            with sources.open(file) as stream:
                yield from rows.chunks(stream, file)


def _sealer(model: type[Model], name: str) -> Callable[[Any], bytes | None]:
    """Seals a value for that column; None stays None."""
    column: Any = model._meta.get_field(name)
    seal, dump = crypto.sealer(purpose=column.purpose), column.dump
    return lambda value: None if value is None else seal(dump(value))
