"""Archives read in place, never unpacked, and what is refused of them: damaged, encrypted, oversized, dishonest."""

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from django.utils.translation import gettext as _

from ent.directory.imports.problems import SourceRefused

# What the standard library raises on a damaged archive or disk.
_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is opened. Bytes are uncompressed; `ratio` is uncompressed over compressed."""

    total_bytes: int = 8 * 2**30
    files: int = 2_000
    ratio: int = 200  # the XML of a real export shrinks 15 to 40 times
    spared_bytes: int = 2**20  # the ratio says nothing of so small a thing
    read_bytes: int = 4 * 2**20  # no honest archive header is larger


class Archive(Protocol):
    def members(self) -> Iterator[tuple[str, int]]:
        """The name and uncompressed size of each member; refuses what is no plain file or folder."""

    def open(self, name: str) -> BinaryIO: ...

    def close(self) -> None: ...


def check_inside(member: str, archive: str) -> None:
    """Nothing is ever unpacked, but an archive that tries to leave its folder is not an honest one."""
    parts = re.split(r"[/\\]", member)
    if member.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", member) or "\0" in member:
        raise SourceRefused(
            _("L’archive « %(file)s » contient un chemin interdit (« %(member)s ») : elle est refusée.")
            % {"file": archive, "member": member[:200]},
            archive,
        )


def oversized(name: str) -> SourceRefused:
    return SourceRefused(
        _("« %(file)s » : une fois décompressé, le contenu dépasse la taille permise.") % {"file": name},
        name,
    )


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Say in a sentence what the standard library says of a damaged archive or disk."""
    try:
        yield
    except _UNREADABLE as error:
        raise SourceRefused(
            _("« %(file)s » est illisible : le fichier ou l’archive est endommagé ou incomplet.") % {"file": name}, name
        ) from error


class Stream(io.RawIOBase):
    """A file being read, whose reading errors are refusals."""

    def __init__(self, inner: BinaryIO, name: str) -> None:
        self._inner = inner
        self._name = name

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with refusing(self._name):
            return self._inner.read(size)


class _Guarded(io.RawIOBase):
    """What an archive is read through: refuses to go further than `end`, or to read much at once."""

    def __init__(self, inner: BinaryIO, name: str, end: int, limits: Limits) -> None:
        self._inner = inner
        self._name = name
        self._end = end
        self._limits = limits

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._inner.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset > self._end:
            raise oversized(self._name)
        return self._inner.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        most = self._limits.read_bytes
        data = self._inner.read(most + 1 if size < 0 else size) if size <= most else None
        if data is None or len(data) > most or self._inner.tell() > self._end:
            raise oversized(self._name)
        return data


class TarArchive:
    def __init__(self, path: Path, limits: Limits) -> None:
        self._name = path.name
        self._gzip = gzip.open(path, "rb")  # noqa: SIM115 closed by close()
        end = min(limits.total_bytes, path.stat().st_size * limits.ratio + limits.spared_bytes)
        self._limits = limits
        self._guarded = cast(BinaryIO, _Guarded(cast(BinaryIO, self._gzip), path.name, end, limits))
        try:
            self._tar = tarfile.open(fileobj=self._guarded, mode="r:")  # noqa: SIM115 closed by close()
        except BaseException:
            self._gzip.close()
            raise

    def members(self) -> Iterator[tuple[str, int]]:
        for member in self._tar:
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise _no_plain_file(self._name, member.name)
            yield member.name, member.size
        self._check_sum()

    def _check_sum(self) -> None:
        """Go to the very end: there alone gzip says whether a byte changed on the way."""
        while self._guarded.read(self._limits.read_bytes):
            pass

    def open(self, name: str) -> BinaryIO:
        stream = self._tar.extractfile(name)
        if stream is None:
            raise _no_plain_file(self._name, name)
        return cast(BinaryIO, stream)

    def close(self) -> None:
        self._tar.close()
        self._gzip.close()


class ZipArchive:
    def __init__(self, path: Path, limits: Limits) -> None:
        self._name = path.name
        self._limits = limits
        self._file = path.open("rb")
        guarded = cast(BinaryIO, _Guarded(self._file, path.name, path.stat().st_size, limits))
        try:
            self._zip = zipfile.ZipFile(guarded)
        except BaseException:
            self._file.close()
            raise

    def members(self) -> Iterator[tuple[str, int]]:
        for member in self._zip.infolist():
            if member.is_dir():
                continue
            self._check(member)
            yield member.filename, member.file_size

    def _check(self, member: zipfile.ZipInfo) -> None:
        if member.flag_bits & 0x1:
            raise SourceRefused(
                _("L’archive « %(file)s » est protégée par un mot de passe : fournissez-la sans protection.")
                % {"file": self._name},
                self._name,
            )
        mode = member.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise _no_plain_file(self._name, member.filename)
        if member.file_size > member.compress_size * self._limits.ratio + self._limits.spared_bytes:
            raise oversized(self._name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceRefused(
                _("L’archive « %(file)s » emploie une compression inconnue : refaites-la en ZIP ordinaire.")
                % {"file": self._name},
                self._name,
            )

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._zip.open(name))

    def close(self) -> None:
        self._zip.close()
        self._file.close()


def _no_plain_file(archive: str, member: str) -> SourceRefused:
    return SourceRefused(
        _(
            "L’archive « %(file)s » contient autre chose que des fichiers (« %(member)s », lien ou "
            "périphérique) : elle est refusée."
        )
        % {"file": archive, "member": member[:200]},
        archive,
    )
