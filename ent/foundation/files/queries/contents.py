"""The contents on disk: decrypted as they are read, compared with the rows."""

import logging
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.crypto import CannotOpen, decrypt_segments, encrypted_size
from ent.core.errors import Refused
from ent.foundation.files.enums import ScanState
from ent.foundation.files.models import File

log = logging.getLogger("ent.files")

PARTIAL = "partial"  # where contents are written before they take their place


def content_path(path: str) -> Path:
    """Where the content of a file lies, from `File.path`."""
    return Path(settings.FILES_FOLDER) / path


def open_file(file: File) -> Iterator[bytes]:
    """The content in parts of 64 KiB, decrypted, in constant memory; asks nothing of the database.

    Raises `CannotOpen` where it is missing, and at the first part that was changed.
    """
    try:
        stream = content_path(file.path).open("rb")
    except FileNotFoundError as error:
        raise CannotOpen("the content is missing") from error
    with stream:
        yield from decrypt_segments(stream, key=file.key)


def for_reader(file: File) -> Iterator[bytes]:
    """`open_file` for a person: raises `Refused` at once where the antivirus or a damaged content forbids it."""
    _check_scan(file)
    parts = open_file(file)
    try:
        first = next(parts)
    except CannotOpen as error:
        log.exception("the content of file %d cannot be read", file.pk)
        raise Refused(
            _("Ce fichier est abîmé et ne peut pas être ouvert. Prévenez le correspondant ENT de votre établissement.")
        ) from error
    return _continued(first, parts)


def _continued(first: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from parts


def _check_scan(file: File) -> None:
    if file.scan == ScanState.INFECTED:
        raise Refused(_("L’antivirus a trouvé un virus dans ce fichier. Il ne peut pas être ouvert."))
    if not settings.CLAMD_ADDRESS:
        return
    if file.scan == ScanState.WAITING:
        raise Refused(_("L’antivirus analyse ce fichier. Revenez dans quelques minutes."))
    if file.scan == ScanState.FAILED:
        raise Refused(_("L’antivirus n’a pas pu analyser ce fichier. Il ne peut pas être ouvert."))


def stray_contents(*, older_than: float) -> Iterator[Path]:
    """Contents that no row claims, left by transactions rolled back, at least `older_than` seconds old.

    Call it inside `scope.EVERYTHING`: a row that cannot be seen would be taken for missing.
    """
    before = timezone.now().timestamp() - older_than
    for folder in _folders():
        old = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < before]
        names = [f"{folder.name}/{path.name}" for path in old]
        claimed = set(File.objects.filter(path__in=names).values_list("path", flat=True))
        yield from (path for path, name in zip(old, names, strict=True) if name not in claimed)


def _folders() -> list[Path]:
    root = Path(settings.FILES_FOLDER)
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.exists() else []


def damaged_files(*, deep: bool) -> Iterator[File]:
    """Rows whose content is missing or of the wrong length; `deep` also decrypts every content."""
    for file in File.objects.order_by("pk").iterator(chunk_size=200):
        if not _intact(file, deep):
            yield file


def _intact(file: File, deep: bool) -> bool:
    try:
        if content_path(file.path).stat().st_size != encrypted_size(file.size):
            return False
        return not deep or sum(len(part) for part in open_file(file)) == file.size
    except (FileNotFoundError, CannotOpen):
        return False
