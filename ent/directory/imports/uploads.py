"""Files sent through a page: bundled on their way in, and put for a moment where a reader can open them."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from ent.directory.models import ImportRun
from ent.foundation.files.queries.contents import open_file
from ent.foundation.schools import scope

ARCHIVES = (".zip", ".tgz", ".tar.gz")
PART = 256 * 1024


@contextmanager
def bundled(files: list[UploadedFile]) -> Iterator[tuple[BinaryIO, str]]:
    """One content and its name for any number of files: an archive as it is, XML files together in one."""
    name = str(files[0].name)
    if len(files) == 1 and name.lower().endswith(ARCHIVES):
        yield files[0], name  # type: ignore[misc]
        return
    with tempfile.TemporaryFile(dir=_private_folder()) as bundle:
        _zip(files, bundle)
        bundle.seek(0)
        yield bundle, "fichiers-aaf.zip"


def _zip(files: Iterable[UploadedFile], bundle: IO[bytes]) -> None:
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            with archive.open(str(file.name), "w", force_zip64=True) as member:
                for part in file.chunks(PART):
                    member.write(part)


@contextmanager
def files_of(run: ImportRun) -> Iterator[list[Path]]:
    """The paths of the files of a run. What was sent through a page is decrypted into a folder that only we may enter,
    and that goes away with the block."""
    with scope.use(scope.EVERYTHING):
        upload = ImportRun.objects.select_related("upload").get(pk=run.pk).upload
    if upload is None:
        yield [Path(path) for path in run.paths]
        return
    with tempfile.TemporaryDirectory(dir=_private_folder()) as folder:
        path = Path(folder) / upload.name
        with path.open("wb") as stream:
            for part in open_file(upload):
                stream.write(part)
        yield [path]


def _private_folder() -> Path:
    folder = Path(settings.VAR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
