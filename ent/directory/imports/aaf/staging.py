"""Reads the files of a run into the staging tables, in short transactions: nothing of the directory changes.

An entry whose content is the one last applied is staged as `seen`, with nothing else: it costs its reading.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.core.actors import Actor
from ent.core.bulk import insert_rows
from ent.directory.actions.imports import Note, PublicSchool, note, welcome_school
from ent.directory.enums import AnomalyStage, ImportEntity
from ent.directory.imports.aaf import facts
from ent.directory.imports.aaf.entries import ENTITIES, Entry, Schools, entry_of
from ent.directory.imports.aaf.reader import AafReader, Header, Record
from ent.directory.imports.aaf.sources import AafFile, Entity, Kind, Sources, find_sources
from ent.directory.imports.problems import Anomaly
from ent.directory.models import ImportRun, Person, Schooling, SourceEntry
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import Region, School

Progress = Callable[[int, str], None]

CHUNK = 4_000
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
COLUMNS = ("run_id", "entity", "entry", "operation", "file", "digest", "facts", "contact", "ine", "social")


def stage_files(run: ImportRun, paths: Iterable[Path], *, by: Actor, progress: Progress) -> None:
    """Stage every entry of the files; `run` then knows its day, its kind and its académie.

    Raises `SourceRefused`: the files cannot be imported.
    """
    with find_sources(paths) as sources:
        stager = _Stager(run, sources, by)
        done, total = 0, sum(_weight(file) for file in sources.files)
        for file in sources.files:
            progress(done * 100 // max(total, 1), file.name)
            stager.read(file)
            done += _weight(file)
        stager.finish()


def content_digest(paths: Iterable[Path]) -> str:
    """SHA-256 of what is given, whatever its place: files seen again are known by it."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                with file.open("rb") as stream:
                    whole.update(file.name.encode() + hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def _weight(file: AafFile) -> int:
    """What a file weighs in the progress bar."""
    with suppress(OSError):
        return file.container.stat().st_size
    return 1


class _Stager:
    """One reading of all the files of a run."""

    def __init__(self, run: ImportRun, sources: Sources, by: Actor) -> None:
        self.run, self.sources, self.by = run, sources, by
        self.region = Region.objects.order_by("pk").first()
        self.counts: Counter[str] = Counter()
        self._open: dict[str, int] = {}
        self._closed: set[str] = set()
        # By entity: plain texts, which the garbage collector need not walk through.
        self._given: defaultdict[str, set[str]] = defaultdict(set)
        self._digests: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self._key = hashlib.sha256(b"ent source entry" + settings.SECRET_KEY.encode()).digest()
        self._anomalies: list[Anomaly] = list(sources.anomalies)
        self._seals = {
            "contact": _sealer(Person, "contact"),
            "ine": _sealer(Person, "ine"),
            "social": _sealer(Schooling, "social"),
        }

    def read(self, file: AafFile) -> None:
        """Stage one file, chunk by chunk, each in a transaction of its own."""
        entity = ENTITIES[file.entity]
        with self.sources.open(file) as stream:
            reader = AafReader(stream, file.name, self._anomalies, expected=file.entity)
            self._begin(file, reader.header)
            rows: list[tuple[Any, ...]] = []
            for record in reader:
                row = self._row(entity, record)
                if row is not None:
                    rows.append(row)
                    if len(rows) >= CHUNK:
                        self._write(rows, file, entity)
            self._write(rows, file, entity)
        self.counts[entity] += 0

    def finish(self) -> None:
        # Files of one school only (their names then carry its UAI) say nothing of the others.
        self.run.options["whole_region"] = any(
            file.entity is Entity.SCHOOL and not file.uai for file in self.sources.files
        )
        self.run.options["entities"] = {str(entity): count for entity, count in self.counts.items()}
        with scope.use(scope.EVERYTHING):
            self.run.save(update_fields=["options", "is_delta", "day", "issuer"])

    def _begin(self, file: AafFile, header: Header) -> None:
        """What the first file says of all; the digests already known are then loaded."""
        if self.run.issuer:
            return
        self.run.is_delta = file.kind is Kind.DELTA
        self.run.day = file.day or header.generated_on or timezone.localdate()
        known = self.region.academy_code if self.region else ""
        self.run.issuer = (header.academy or known).lstrip("0") or "0"
        with scope.use(scope.EVERYTHING):
            self.run.save(update_fields=["is_delta", "day", "issuer"])
            for school in School.objects.exclude(source_id=""):
                self._know(school)
            # A delta says only what is new: it is always looked at.
            if not self.run.is_delta:
                rows = SourceEntry.objects.filter(issuer=self.run.issuer).values_list("entity", "entry", "digest")
                for entity, entry, digest in rows.iterator(10_000):
                    self._digests[entity][entry] = bytes(digest)

    def _know(self, school: School, *, is_new: bool = False) -> None:
        if school.is_open or is_new:
            self._open[school.source_id] = school.pk
        else:
            self._closed.add(school.source_id)

    def _row(self, entity: ImportEntity, record: Record) -> tuple[Any, ...] | None:
        """The staged form of a record; None when its identifier was already given."""
        given = self._given[entity]
        if record.id in given:
            sentence = _("Cet identifiant est donné deux fois dans les fichiers : seule la première entrée est gardée.")
            self._anomalies.append(Anomaly(record.file, record.id[:120], "", "", sentence))
            return None
        given.add(record.id)
        self.counts[entity] += 1
        if len(record.id) > 120:
            self._anomalies.append(
                Anomaly(
                    record.file, record.id[:120], "", "", _("Cet identifiant est trop long : l’entrée est ignorée.")
                )
            )
            return None
        if entity is ImportEntity.STRUCTURES and not self._school_is_read(record):
            return None
        digest = self._digest(record)
        if record.operation == "add" and self._digests[entity].get(record.id) == digest:
            return (self.run.pk, entity, record.id, "seen", record.file, digest, None, None, None, None)
        if record.operation == "delete":
            return (self.run.pk, entity, record.id, "delete", record.file, digest, None, None, None, None)
        return self._staged(entity, record, digest)

    def _staged(self, entity: ImportEntity, record: Record, digest: bytes) -> tuple[Any, ...]:
        before = len(self._anomalies)
        entry: Entry = entry_of(record, Schools(self._open, frozenset(self._closed)), self._anomalies)
        if len(self._anomalies) > before:
            # Looked at again at the next import: what is reported now would otherwise be forgotten.
            digest = b""
        return (
            self.run.pk,
            entity,
            record.id,
            record.operation,
            record.file,
            digest,
            _encoded(entry.facts),
            self._seals["contact"](entry.contact),
            self._seals["ine"](entry.ine),
            self._seals["social"](entry.social),
        )

    def _digest(self, record: Record) -> bytes:
        content = repr((record.operation, record.attributes)).encode()
        return hashlib.blake2b(content, digest_size=16, key=self._key).digest()

    def _school_is_read(self, record: Record) -> bool:
        """Find the school of an entry, or make it known; False when nothing of it can be imported."""
        if record.operation == "delete":
            self._report(record, _("Le fichier supprime cet établissement : fermez-le vous-même si c’est voulu."))
            return False
        public = public_school(record, self._anomalies)
        if not public.uai and record.operation == "modify":
            return record.id in self._open
        if not public.uai:
            self._report(record, _("Cet établissement n’a pas d’UAI : tout ce qui le concerne est ignoré."))
            self._closed.add(record.id)
            return False
        with scope.use(scope.EVERYTHING):
            school, is_new = welcome_school(self.run, public, by=self.by)
        self._know(school, is_new=is_new)
        if record.id in self._open:
            return True
        self._report(record, _("Cet établissement n’est pas ouvert à l’ENT : tout ce qui le concerne est ignoré."))
        return False

    def _report(self, record: Record, sentence: str) -> None:
        self._anomalies.append(Anomaly(record.file, record.id[:120], "", "", sentence))

    def _write(self, rows: list[tuple[Any, ...]], file: AafFile, entity: ImportEntity) -> None:
        with scope.use(scope.EVERYTHING):
            if rows:
                insert_rows("directory_stagedentry", COLUMNS, rows)
            if self._anomalies:
                note(self.run, (_note(one, entity) for one in self._anomalies), AnomalyStage.READING)
        rows.clear()
        self._anomalies.clear()


def _note(anomaly: Anomaly, entity: ImportEntity) -> Note:
    return Note(entity, anomaly.sentence, anomaly.file, anomaly.entry_id, anomaly.attribute, anomaly.value)


def _sealer(model: type[Model], name: str) -> Callable[[Any], bytes | None]:
    """Seals a value for that column; None stays None."""
    column: Any = model._meta.get_field(name)
    seal, dump = crypto.sealer(purpose=column.purpose), column.dump
    return lambda value: None if value is None else seal(dump(value))


_KINDS = {
    "CLG": SchoolKind.COLLEGE,
    "LG": SchoolKind.LYCEE,
    "LT": SchoolKind.LYCEE,
    "LGT": SchoolKind.LYCEE,
    "LPO": SchoolKind.LYCEE,
    "LYC": SchoolKind.LYCEE,
    "LP": SchoolKind.LYCEE_PRO,
    "SEP": SchoolKind.LYCEE_PRO,
    "LEGTPA": SchoolKind.AGRICULTURAL,
    "LEGTA": SchoolKind.AGRICULTURAL,
    "LPA": SchoolKind.AGRICULTURAL,
    "CFA": SchoolKind.CFA,
    "EREA": SchoolKind.EREA,
}


def public_school(record: Record, anomalies: list[Anomaly]) -> PublicSchool:
    """What an EtabEducNat entry says to everybody of a school; only what it speaks of."""
    named = facts.school_name(record)
    values: dict[str, str] = {}
    if named and named.name:
        values["name"] = named.name[:200]
        if named.kind.upper() in _KINDS:
            values["kind"] = _KINDS[named.kind.upper()]
    for key, name, longest in (
        ("ministry", "ENTEtablissementMinistereTutelle", 120),
        ("sector", "ENTEtablissementContrat", 20),
        ("siret", "ENTStructureSIREN", 14),
        ("street", "street", 200),
        ("postal_code", "postalCode", 10),
        ("city", "l", 100),
        ("phone", "telephoneNumber", 30),
        ("email", "ENTStructureMailSI", 254),
    ):
        value = facts.text(record, name)
        if value is not None:
            values[key] = value[:longest]
    values["city"] = _town(values.get("city", ""))
    basin = facts.school_district(record, anomalies)
    if basin:
        values["basin"] = basin.label[:120]
    return PublicSchool(record.id[:30], facts.uai(record, anomalies) or "", values)


def _town(name: str) -> str:
    """« SAINT-CYR-SUR-LOIRE » as « Saint-Cyr-sur-Loire »."""
    if not name.isupper():
        return name
    small = {"Sur", "Sous", "Les", "Le", "La", "De", "Du", "Des", "En", "Et", "Aux", "Au"}
    parts = name.title().replace("’", "'").split("-")
    return "-".join(part.lower() if index and part in small else part for index, part in enumerate(parts))
