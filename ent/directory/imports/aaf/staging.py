"""Reads the files of a run into the staging tables, in short transactions: nothing of the directory changes.

The files of people are most of it: where they are large, two processes read them (`rows.chunks_of`).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.actors import Actor
from ent.core.bulk import insert_rows
from ent.core.processes import gathered
from ent.directory.actions.imports import Note, PublicSchool, note, welcome_school
from ent.directory.enums import AnomalyStage, ImportEntity
from ent.directory.imports.aaf import facts
from ent.directory.imports.aaf.entries import ENTITIES, Schools
from ent.directory.imports.aaf.reader import AafReader, Header, Record
from ent.directory.imports.aaf.rows import COLUMNS, Chunk, RowMaker, chunks_of
from ent.directory.imports.aaf.sources import AafFile, Entity, Kind, Sources, find_sources
from ent.directory.imports.problems import Anomaly
from ent.directory.models import ImportRun, SourceEntry
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import Region, School

Progress = Callable[[int, str], None]

# Whom the two processes read: each entity as a whole, since its doubles are found on the way.
SHARES = (frozenset({Entity.PUPIL}), frozenset({Entity.GUARDIAN, Entity.STAFF}))
# Starting them takes half a second: below so many bytes, one process is done sooner.
WORTH_SHARING = 16 * 2**20


def stage_files(run: ImportRun, paths: Iterable[Path], *, by: Actor, progress: Progress) -> None:
    """Stage every entry of the files; `run` then knows its day, its kind and its académie.

    Raises `SourceRefused`: the files cannot be imported.
    """
    given = list(paths)
    with find_sources(given) as sources:
        stager = _Stager(run, sources, by)
        done, total = 0, sum(map(_weight, sources.files))
        progress(0, sources.files[0].name)
        for chunk in stager.chunks(given):
            stager.write(chunk)
            if chunk.is_last:
                done += _weight(chunk.file)
                progress(done * 100 // max(total, 1), chunk.file.name)
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
        self._schools = Schools(self._open, self._closed)
        # By entity: plain texts, which the garbage collector need not walk through.
        self._digests: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self._begin(sources.files[0])

    def chunks(self, paths: list[Path]) -> Iterator[Chunk]:
        """The rows of every file, those of the schools first: the others name them."""
        yield from self._set_aside()
        people = [file for file in self.sources.files if any(file.entity in share for share in SHARES)]
        apart = people if sum(map(_weight, people)) >= WORTH_SHARING else []
        rows = RowMaker(self.run.pk, self._schools, self._digests)
        for file in self.sources.files:
            if file not in apart:
                accept = self._school_is_read if file.entity is Entity.SCHOOL else None
                with self.sources.open(file) as stream:
                    yield from rows.chunks(stream, file, accept)
        shares = [[file for file in apart if file.entity in share] for share in SHARES]
        yield from gathered(chunks_of, [self._share(paths, files) for files in shares if files])

    def write(self, chunk: Chunk) -> None:
        """Stage a chunk, in a transaction of its own."""
        entity = ENTITIES[chunk.file.entity]
        self.counts[entity] += chunk.entries
        with scope.use(scope.EVERYTHING):
            if chunk.rows:
                insert_rows("directory_stagedentry", COLUMNS, chunk.rows)
            if chunk.anomalies:
                note(self.run, (_note(one, entity) for one in chunk.anomalies), AnomalyStage.READING)

    def finish(self) -> None:
        # Files of one school only (their names then carry its UAI) say nothing of the others.
        self.run.options["whole_region"] = any(
            file.entity is Entity.SCHOOL and not file.uai for file in self.sources.files
        )
        self.run.options["entities"] = {str(entity): count for entity, count in self.counts.items()}
        with scope.use(scope.EVERYTHING):
            self.run.save(update_fields=["options", "is_delta", "day", "issuer"])

    def _begin(self, first: AafFile) -> None:
        """What the first file says of all; the schools and digests already known are then loaded."""
        with self.sources.open(first) as stream:
            header: Header = AafReader(stream, first.name, [], expected=first.entity).header
        self.run.is_delta = first.kind is Kind.DELTA
        self.run.day = first.day or header.generated_on or timezone.localdate()
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

    def _set_aside(self) -> Iterator[Chunk]:
        """What was found in the place of files, told with the first of them."""
        if self.sources.anomalies:
            yield Chunk(self.sources.files[0], [], self.sources.anomalies, 0, is_last=False)

    def _share(self, paths: list[Path], files: list[AafFile]) -> tuple[object, ...]:
        """What a process is given to read these files."""
        entities = {ENTITIES[file.entity] for file in files}
        digests = {entity.value: self._digests[entity] for entity in entities}
        return paths, files, self.run.pk, self._schools, digests

    def _know(self, school: School, *, is_new: bool = False) -> None:
        if school.is_open or is_new:
            self._open[school.source_id] = school.pk
        else:
            self._closed.add(school.source_id)

    def _school_is_read(self, record: Record, anomalies: list[Anomaly]) -> bool:
        """Find the school of an entry, or make it known; False when nothing of it can be imported."""
        if record.operation == "delete":
            _report(record, _("Le fichier supprime cet établissement : fermez-le vous-même si c’est voulu."), anomalies)
            return False
        public = public_school(record, anomalies)
        if not public.uai and record.operation == "modify":
            return record.id in self._open
        if not public.uai:
            _report(record, _("Cet établissement n’a pas d’UAI : tout ce qui le concerne est ignoré."), anomalies)
            self._closed.add(record.id)
            return False
        with scope.use(scope.EVERYTHING):
            school, is_new = welcome_school(self.run, public, by=self.by)
        self._know(school, is_new=is_new)
        if record.id in self._open:
            return True
        sentence = _("Cet établissement n’est pas ouvert à l’ENT : tout ce qui le concerne est ignoré.")
        _report(record, sentence, anomalies)
        return False


def _report(record: Record, sentence: str, anomalies: list[Anomaly]) -> None:
    anomalies.append(Anomaly(record.file, record.id[:120], "", "", sentence))


def _note(anomaly: Anomaly, entity: ImportEntity) -> Note:
    return Note(entity, anomaly.sentence, anomaly.file, anomaly.entry_id, anomaly.attribute, anomaly.value)


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
