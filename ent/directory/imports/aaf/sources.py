"""Find the AAF files among what was given: files, folders, `.tgz`, `.zip`. Archives are read in place, never unpacked.

`find_sources` gives a `Sources` (a context manager) whose `files` stand in load order; its `open` gives their bytes.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from ent.directory.imports.aaf.archives import (
    Archive,
    Limits,
    Stream,
    TarArchive,
    ZipArchive,
    check_inside,
    oversized,
    refusing,
)
from ent.directory.imports.problems import Anomaly, SourceRefused


class Kind(StrEnum):
    """A complete file holds everybody; a delta holds what changed since the day before."""

    COMPLETE = "complet"
    DELTA = "delta"


class Entity(StrEnum):
    """What an entry is about, in load order: a link is read after what it points to."""

    SCHOOL = "EtabEducNat"
    QUALIFICATION = "MefEducNat"
    SUBJECT = "MatiereEducNat"
    GUARDIAN = "PersRelEleve"
    PUPIL = "Eleve"
    STAFF = "PersEducNat"


LOAD_ORDER = {entity: rank for rank, entity in enumerate(Entity)}


_ENTITIES = {entity.value.lower(): entity for entity in Entity} | {"mateducnat": Entity.SUBJECT}


_KINDS = {kind.value: kind for kind in Kind}


# <préfixe>_Complet|Delta[_AAAAMMJJ]_<Entité>_NNNN.xml; the day is missing in some exports.
_NAME = re.compile(
    r"(?P<prefix>[a-z0-9].*?)_(?P<kind>complet|delta)(?:_(?P<day>\d{8}))?"
    rf"_(?P<entity>{'|'.join(_ENTITIES)})_(?P<sequence>\d{{4}})\.xml",
    re.IGNORECASE | re.ASCII,
)


_UAI = re.compile(r"(?:^|_)(\d{7}[A-Z])(?:_|$)", re.IGNORECASE)


_COMPANIONS = {"ficalimmenesr.dtd", ".ds_store"}


_TAR_SUFFIXES = (".tgz", ".tar.gz")


_ZIP_SUFFIXES = (".zip",)


_ARCHIVE_SUFFIXES = (*_TAR_SUFFIXES, *_ZIP_SUFFIXES, ".tar", ".gz", ".bz2", ".xz", ".7z", ".rar")


@dataclass(frozen=True, slots=True)
class AafFile:
    """One AAF file. `container` is the file itself or, when `member` is set, the archive that holds it."""

    name: str
    prefix: str
    kind: Kind
    day: date | None
    entity: Entity
    sequence: int
    container: Path
    member: str = ""

    @property
    def uai(self) -> str:
        """The school's UAI when the file is of one school (`ENT_0371234A_Complet_…`), else ""."""
        found = _UAI.search(self.prefix)
        return found[1].upper() if found else ""


class Sources(AbstractContextManager["Sources"]):
    """The AAF files found, in load order, and what was set aside. Closing it closes the archives."""

    def __init__(self, limits: Limits) -> None:
        self.files: list[AafFile] = []
        self.anomalies: list[Anomaly] = []
        self._limits = limits
        self._archives: dict[Path, Archive] = {}
        self._closing = ExitStack()

    @property
    def kind(self) -> Kind:
        """All files are of one kind."""
        return self.files[0].kind

    @property
    def days(self) -> list[date]:
        """The days of the files, in order; empty when their names carry none."""
        return sorted({file.day for file in self.files if file.day})

    @contextmanager
    def open(self, file: AafFile) -> Iterator[BinaryIO]:
        """The bytes of one file. Raises SourceRefused, on opening or on a later read, when they cannot be read."""
        with refusing(file.name):
            stream = self.archive(file.container).open(file.member) if file.member else file.container.open("rb")
        with stream:
            yield cast(BinaryIO, Stream(stream, file.name))

    def archive(self, path: Path) -> Archive:
        """The archive at `path`, opened once: going back in a .tgz means unpacking it again from its start."""
        if path not in self._archives:
            kind = ZipArchive if path.name.lower().endswith(_ZIP_SUFFIXES) else TarArchive
            self._archives[path] = kind(path, self._limits)
            self._closing.callback(self._archives[path].close)
        return self._archives[path]

    def close(self) -> None:
        self._closing.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def find_sources(paths: Iterable[Path | str], *, several_deltas: bool = False, limits: Limits | None = None) -> Sources:
    """Find the AAF files in `paths` (files, folders searched in depth, archives).

    What is no AAF file by its name becomes an anomaly. `several_deltas` allows deltas of several days, in their order.
    Raises SourceRefused: nothing to import, complete and delta mixed, days mixed, a file given twice or missing in a
    numbered series, an archive that is damaged, encrypted, oversized or that tries to leave its folder.
    """
    limits = limits or Limits()
    given = [Path(path) for path in paths]
    sources = Sources(limits)
    try:
        search = _Search(sources, limits)
        for path in given:
            search.look_at(path)
        sources.files.sort(key=_load_key)
        _check_together(sources.files, given, several_deltas)
    except BaseException:
        sources.close()
        raise
    return sources


def _load_key(file: AafFile) -> tuple[date, int, str, int]:
    return (file.day or date.min, LOAD_ORDER[file.entity], file.prefix, file.sequence)


class _Search:
    """Walks what was given and fills a Sources, within the limits."""

    def __init__(self, sources: Sources, limits: Limits) -> None:
        self._sources = sources
        self._limits = limits
        self._count = 0
        self._bytes = 0

    def look_at(self, path: Path) -> None:
        if path.is_dir():
            self._walk(path)
        elif path.is_file():
            self._take(path)
        else:
            raise SourceRefused(_("« %(file)s » est introuvable.") % {"file": path.name}, path.name)

    def _walk(self, folder: Path) -> None:
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = Path(parent, name)
                if stat.S_ISREG(path.lstat().st_mode):
                    self._take(path)
                else:
                    self._set_aside(name, _("Un lien ou un périphérique n’est pas lu : il est ignoré."))

    def _take(self, path: Path) -> None:
        name = path.name
        if name.lower().endswith(_TAR_SUFFIXES + _ZIP_SUFFIXES):
            self._take_archive(path)
            return
        self._count_in(name, path.stat().st_size)
        self._take_named(name, path)

    def _take_archive(self, path: Path) -> None:
        with refusing(path.name):
            for member, size in self._sources.archive(path).members():
                check_inside(member, path.name)
                self._count_in(path.name, size)
                folders = re.split(r"[/\\]", member)
                name = folders.pop()
                if "__MACOSX" not in folders:
                    self._take_named(name, path, member)

    def _count_in(self, name: str, size: int) -> None:
        self._count += 1
        self._bytes += size
        if self._count > self._limits.files:
            raise SourceRefused(
                _("« %(file)s » : plus de %(count)d fichiers à la fois, l’import s’arrête.")
                % {"file": name, "count": self._limits.files},
                name,
            )
        if self._bytes > self._limits.total_bytes:
            raise oversized(name)

    def _take_named(self, name: str, container: Path, member: str = "") -> None:
        file = _parse_name(name, container, member)
        if file:
            self._sources.files.append(file)
        elif name.lower().endswith(_ARCHIVE_SUFFIXES):
            self._set_aside(name, _("Une archive dans une archive n’est pas ouverte : elle est ignorée."))
        elif name.lower() not in _COMPANIONS:
            self._set_aside(name, _("Ce nom n’est pas celui d’un fichier AAF : il est ignoré."))

    def _set_aside(self, name: str, sentence: str) -> None:
        self._sources.anomalies.append(Anomaly(name, "", "", "", sentence))


def _parse_name(name: str, container: Path, member: str) -> AafFile | None:
    found = _NAME.fullmatch(name)
    if not found:
        return None
    day = None
    if found["day"]:
        try:
            day = datetime.strptime(found["day"], "%Y%m%d").date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            return None
    return AafFile(
        name=name,
        prefix=found["prefix"],
        kind=_KINDS[found["kind"].lower()],
        day=day,
        entity=_ENTITIES[found["entity"].lower()],
        sequence=int(found["sequence"]),
        container=container,
        member=member,
    )


def _check_together(files: list[AafFile], given: list[Path], several_deltas: bool) -> None:
    """Refuse files that cannot be imported in one run."""
    if not files:
        names = ", ".join(path.name for path in given)
        raise SourceRefused(_("Aucun fichier AAF dans « %(file)s ».") % {"file": names}, names)
    _check_one_kind(files)
    _check_one_day(files, several_deltas)
    for before, after in pairwise(files):
        _check_sequence(before, after)
    for first in files:
        if first.sequence > 1 and not _has_previous(first, files):
            raise _missing_before(first)


def _check_one_kind(files: list[AafFile]) -> None:
    other = next((file for file in files if file.kind != files[0].kind), None)
    if other:
        raise SourceRefused(
            _(
                "Des fichiers complets et des fichiers delta sont mélangés (« %(one)s » et « %(other)s ») : "
                "importez-les séparément."
            )
            % {"one": files[0].name, "other": other.name},
            other.name,
        )


def _check_one_day(files: list[AafFile], several_deltas: bool) -> None:
    if several_deltas and files[0].kind is Kind.DELTA and all(file.day for file in files):
        return
    other = next((file for file in files if file.day != files[0].day), None)
    if other:
        raise SourceRefused(
            _(
                "Des fichiers de jours différents sont mélangés (« %(one)s » et « %(other)s ») : "
                "importez un jour à la fois."
            )
            % {"one": files[0].name, "other": other.name},
            other.name,
        )


def _series(file: AafFile) -> tuple[date | None, Entity, str]:
    return (file.day, file.entity, file.prefix)


def _check_sequence(before: AafFile, after: AafFile) -> None:
    """A complete import closes what it does not see: a missing file would close hundreds of accounts."""
    if _series(before) != _series(after):
        return
    if after.sequence == before.sequence:
        raise SourceRefused(_("Le fichier « %(file)s » est fourni deux fois.") % {"file": after.name}, after.name)
    if after.sequence != before.sequence + 1:
        raise _missing_before(after)


def _has_previous(file: AafFile, files: list[AafFile]) -> bool:
    return any(_series(other) == _series(file) and other.sequence == file.sequence - 1 for other in files)


def _missing_before(file: AafFile) -> SourceRefused:
    return SourceRefused(
        _("La série est incomplète : il manque le fichier numéro %(number)04d avant « %(file)s ».")
        % {"number": file.sequence - 1, "file": file.name},
        file.name,
    )
