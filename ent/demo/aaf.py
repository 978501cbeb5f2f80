"""Writes the invented population as AAF files: complete exports and deltas.

The forms (names of files, attributes, « $ » values) are those of the Annuaire académique fédérateur, VE2407.
"""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO
from xml.sax.saxutils import escape, quoteattr

from ent.demo import changes, curriculum, entries, names
from ent.demo.entries import Attributes
from ent.demo.people import Population
from ent.demo.population import populate

Kind = Literal["Complet", "Delta"]
Archive = Literal["", "tgz", "zip"]

# Entity of the file name, then attribute and value that say what an entry is.
_ENTITIES = {
    "EtabEducNat": ("categorieStructure", "EtabEducNat"),
    "MefEducNat": ("categorieMef", "MefEducNat"),
    "MatiereEducNat": ("categorieMatiere", "MatEducNat"),
    "Eleve": ("categoriePersonne", "Eleve"),
    "PersRelEleve": ("categoriePersonne", "PersRelEleve"),
    "PersEducNat": ("categoriePersonne", "PersEducNat"),
}
_HEADER = """<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">
<ficAlimMENESR>
<!-- versionAF="AAF-{version}" -->
<!-- versionSDET="Annexe 4bis version 6.4" -->
<!-- codeAcademieExport="18" -->
<!-- degre="2D" -->
<!-- dateGenerationExport="{day:%d/%m/%Y}" -->
"""


@dataclass
class Manifest:
    """What has been written: the files, the number of entries by entity (« Eleve »: 2099…) and by request."""

    files: list[Path] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ENTITIES, 0))
    requests: Counter[str] = field(default_factory=Counter)
    schools: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        return self.counts["Eleve"] + self.counts["PersRelEleve"] + self.counts["PersEducNat"]


def write_complete(
    folder: Path,
    *,
    schools: int = 4,
    seed: int = 2026,
    day: date,
    encoding: str = "UTF-8",
    version: str = "VE2407",
    chunk: int = 10_000,
    archive: Archive = "",
) -> Manifest:
    """Write the complete files of the first `schools` schools (4 to 120) into a folder, made if need be.

    `chunk` is the most entries a file holds. With `archive`, one .tgz or .zip is left instead of the XML files.
    """
    with Export(folder, "Complet", day, encoding=encoding, version=version, chunk=chunk) as export:
        _write_nomenclatures(export)
        for population in populate(schools, seed, day):
            _write_population(export, population, day)
    return _archived(export, archive)


def write_delta(
    folder: Path,
    *,
    schools: int = 4,
    seed: int = 2026,
    day: date,
    encoding: str = "UTF-8",
    version: str = "VE2407",
    chunk: int = 10_000,
    archive: Archive = "",
    share: float = 0.01,
) -> Manifest:
    """Write a delta: about `share` of the people of the complete files arrive, change or leave.

    It applies to the complete files written with the same schools, seed and school year.
    """
    with Export(folder, "Delta", day, encoding=encoding, version=version, chunk=chunk) as export:
        for population in populate(schools, seed, day):
            export.manifest.schools.append(population.school.uai)
            rng = names.dice(f"{seed}:delta:{population.school.uai}")
            for change in changes.of_school(rng, population, day, share):
                export.write(change)
    return _archived(export, archive)


class Export:
    """An open export: entries go to the current file of their entity, a new one being begun when it is full."""

    def __init__(
        self, folder: Path, kind: Kind, day: date, *, encoding: str = "UTF-8", version: str = "VE2407", chunk: int
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.manifest = Manifest()
        self.folder, self.kind, self.day = folder, kind, day
        self._encoding, self._version, self._chunk = encoding, version, chunk
        self._open: dict[str, TextIO] = {}

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for entity in list(self._open):
            self._close(entity)

    def add(self, entity: str, id: int | str, attributes: Attributes) -> None:
        body = "".join(f"<attr name={quoteattr(name)}>{_values(value)}</attr>\n" for name, value in attributes)
        self._write(entity, "addRequest", id, f"<attributes>\n{body}</attributes>\n")

    def modify(self, entity: str, id: int | str, attributes: Attributes) -> None:
        body = "".join(
            f'<modification name={quoteattr(name)} operation="replace">{_values(value)}</modification>\n'
            for name, value in attributes
        )
        self._write(entity, "modifyRequest", id, f"<modifications>\n{body}</modifications>\n")

    def delete(self, entity: str, id: int | str) -> None:
        self._write(entity, "deleteRequest", id, "")

    def write(self, change: changes.Change) -> None:
        match change.request:
            case "add":
                self.add(change.entity, change.id, change.attributes)
            case "modify":
                self.modify(change.entity, change.id, change.attributes)
            case "delete":
                self.delete(change.entity, change.id)

    def _write(self, entity: str, request: str, id: int | str, body: str) -> None:
        written = self.manifest.counts[entity]
        if written % self._chunk == 0:
            self._close(entity)
            self._begin(entity, written // self._chunk)
        name, value = _ENTITIES[entity]
        self._open[entity].write(
            f'<{request}>\n<operationalAttributes><attr name="{name}"><value>{value}</value></attr>'
            f"</operationalAttributes>\n<identifier><id>{escape(str(id))}</id></identifier>\n{body}</{request}>\n"
        )
        self.manifest.counts[entity] += 1
        self.manifest.requests[request] += 1

    def _begin(self, entity: str, number: int) -> None:
        path = self.folder / f"ENT2D_{self.kind}_{self.day:%Y%m%d}_{entity}_{number:04d}.xml"
        # What the encoding lacks is written as a character reference, as an XML writer must.
        file = path.open("w", encoding=self._encoding, errors="xmlcharrefreplace", newline="\n")
        file.write(_HEADER.format(encoding=self._encoding, version=self._version, day=self.day))
        self._open[entity] = file
        self.manifest.files.append(path)

    def _close(self, entity: str) -> None:
        if entity in self._open:
            with self._open.pop(entity) as file:
                file.write("</ficAlimMENESR>\n")


def _values(value: str | Iterable[str]) -> str:
    """One <value> for each value; an empty one for nothing, as AAF does."""
    if isinstance(value, str):
        return f"<value>{escape(value)}</value>" if value else "<value/>"
    return "".join(f"<value>{escape(one)}</value>" for one in value) or "<value/>"


def _write_nomenclatures(export: Export) -> None:
    for level in {level.mef: level for level in curriculum.levels()}.values():
        export.add("MefEducNat", level.mef, entries.mef(level))
    for subject in curriculum.subjects().values():
        export.add("MatiereEducNat", subject.code, entries.subject(subject))


def _write_population(export: Export, population: Population, day: date) -> None:
    school = population.school
    export.manifest.schools.append(school.uai)
    export.add("EtabEducNat", school.jointure, entries.school(school, population.divisions, population.groups))
    for pupil in population.pupils:
        export.add("Eleve", pupil.id, entries.pupil(pupil, day))
    for guardian in population.guardians:
        export.add("PersRelEleve", guardian.id, entries.guardian(guardian))
    for person in population.staff:
        export.add("PersEducNat", person.id, entries.staff(person))


def _archived(export: Export, archive: Archive) -> Manifest:
    """The manifest, once the files are packed in one archive if asked. The same files give the same bytes."""
    manifest = export.manifest
    if not archive:
        return manifest
    target = export.folder / f"ENT2D.{export.day:%Y%m%d}.{export.kind}.{archive}"
    if archive == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in manifest.files:
                packed.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    else:
        # gzip and tar would note the hour and the owner: neither belongs here.
        with gzip.GzipFile(target, "wb", compresslevel=6, mtime=0) as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            for path in manifest.files:
                tar.add(path, path.name, filter=_anonymous)
    for path in manifest.files:
        path.unlink()
    manifest.files = [target]
    return manifest


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
