"""Storing and removing files."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.crypto import encrypt_segments
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.files.enums import ScanState
from ent.foundation.files.models import File, SchoolQuota
from ent.foundation.files.permissions import FileUse, uses
from ent.foundation.files.queries.contents import PARTIAL, content_path, stray_contents
from ent.foundation.files.queries.names import SNIFFED, clean_name, sniff
from ent.foundation.files.queries.room import Room, room_for, space_watchers, spaces_of
from ent.foundation.schools.models import School

PART = 256 * 1024
DAY = 24 * 3600


class Readable(Protocol):
    """An uploaded file, or any file opened for reading in bytes."""

    def read(self, size: int = -1, /) -> bytes: ...


@act("files.store_file", _("Fichier déposé"))
def store_file(
    stream: Readable, *, name: str, use: str, school: School | None, owner: Account | None, by: Actor
) -> File:
    """Store a content, read once to its end, in constant memory. `use` is a name of the registry of uses.

    It counts against the quotas of `school` (None: the region) and of `owner` (None: nobody's).
    Raises `TooLarge` and `Refused`, with a sentence for the person; a rolled back transaction leaves no row, and
    the content it leaves on disk is removed by a nightly job.
    """
    declared = uses[use]
    if owner:
        _one_at_a_time(owner)
    room = room_for(declared, school=school, owner=owner)
    head = _read_head(stream)
    media_type = _accepted_type(head, declared)
    key = secrets.token_bytes(32)
    content = Content(chain([head], iter(partial(stream.read, PART), b"")), room)
    file = File(school=school, use=use, name=clean_name(name, media_type), media_type=media_type, key=key)
    file.path = _write(encrypt_segments(content, key=key))
    file.size, file.digest = content.size, content.sha256.digest()
    file.owner_account = owner.pk if owner else None
    file.scan = ScanState.WAITING if settings.CLAMD_ADDRESS else ScanState.OFF
    file.save()
    record("files.store_file", file, by=by, details={"use": use, "type": media_type, "size": file.size})
    if settings.CLAMD_ADDRESS:
        enqueue("files.scan_file", file_id=file.pk)
    if room.alarm is not None and file.size >= room.alarm:
        enqueue("files.review_space", school_id=file.school_id)
    return file


@act("files.delete_file", _("Fichier supprimé"))
def delete_file(file: File, *, by: Actor) -> None:
    """Remove a file; its content goes once the transaction is committed."""
    record("files.delete_file", file, by=by, details={"use": file.use, "size": file.size})
    transaction.on_commit(partial(content_path(file.path).unlink, missing_ok=True))
    file.delete()
    if SchoolQuota.objects.filter(school=file.school_id, almost_full_since__isnull=False).exists():
        enqueue("files.review_space", school_id=file.school_id)


@act("files.set_quota", _("Espace des fichiers ajusté"))
def set_quota(school: School, *, size: int | None, person_size: int | None, reason: str, by: Actor) -> SchoolQuota:
    """Give a school its room in bytes (None: as the settings say), under what it takes too: nothing is deleted.

    `reason` stands in the school's journal. Raises `Refused` without one.
    """
    if not reason.strip():
        raise Refused(_now("Dites pourquoi\u00a0: le journal de l’établissement le garde."))
    quota = _locked_quota(school)
    before = {"size": quota.size, "person_size": quota.person_size}
    quota.size, quota.person_size = size, person_size
    quota.save()
    details = {"size": size, "person_size": person_size, "before": before}
    record("files.set_quota", quota, by=replace(by, reason=reason), details=details)
    enqueue("files.review_space", school_id=school.pk)
    return quota


@act("files.note_space", _("Espace des fichiers presque plein, ou de nouveau libre"))
def note_space(school: School, *, by: Actor) -> None:
    """Note that the space has become almost full, and have it told once; or that there is room again.

    Call it inside `scope.EVERYTHING`.
    """
    quota = _locked_quota(school)
    space = spaces_of([school])[school.pk]
    if space.is_almost_full == bool(quota.almost_full_since):
        return
    quota.almost_full_since = timezone.now() if space.is_almost_full else None
    quota.save(update_fields=["almost_full_since"])
    details = {"almost_full": space.is_almost_full, "used": space.used.size, "files": space.used.files}
    record("files.note_space", quota, by=by, details=details)
    if quota.almost_full_since:
        for tell in space_watchers:
            tell(school, quota.almost_full_since)


def _locked_quota(school: School) -> SchoolQuota:
    SchoolQuota.objects.get_or_create(school=school)
    return SchoolQuota.objects.select_for_update().get(school=school)


@act("files.note_scan", _("Virus trouvé dans un fichier"))
def note_scan(file: File, state: ScanState, words: str, *, by: Actor) -> None:
    """Keep what the antivirus said; a virus is recorded, with its name."""
    File.objects.filter(pk=file.pk).update(scan=state)
    if state == ScanState.INFECTED:
        record("files.note_scan", file, by=by, details={"virus": words[:200]})


@act("files.remove_expired", _("Fichiers arrivés au terme de leur conservation"))
def remove_expired(*, by: Actor, most: int = 200) -> int:
    """Remove up to `most` files older than their use keeps them. Call it inside `scope.EVERYTHING`."""
    old = Q(pk__in=[])
    for use, declared in uses.items():
        if declared.keep:
            old |= Q(use=use, created_at__lt=timezone.now() - declared.keep)
    expired = list(File.objects.filter(old).order_by("pk")[:most])
    for file in expired:
        delete_file(file, by=by)
    if expired:
        record("files.remove_expired", by=by, details={"files": len(expired)})
    return len(expired)


@act("files.remove_strays", _("Contenus sans fichier supprimés"))
def remove_strays(*, by: Actor) -> int:
    """Remove the contents, a day old at least, that no file claims. Call it inside `scope.EVERYTHING`."""
    removed = 0
    for path in stray_contents(older_than=DAY):
        path.unlink(missing_ok=True)
        removed += 1
    if removed:
        record("files.remove_strays", by=by, details={"contents": removed})
    return removed


class Content:
    """The parts of a content on their way, measured; iterating raises the room's refusal once it is passed."""

    def __init__(self, parts: Iterable[bytes], room: Room) -> None:
        self.parts = parts
        self.room = room
        self.size = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.size += len(part)
            if self.size > self.room.size:
                raise self.room.refusal()
            self.sha256.update(part)
            yield part


def _one_at_a_time(owner: Account) -> None:
    """Two uploads of one person at once must not both see the same room; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('files of account ' || %s, 0))", [owner.pk])


def _read_head(stream: Readable) -> bytes:
    head = b""
    while len(head) < SNIFFED and (more := stream.read(SNIFFED - len(head))):
        head += more
    return head


# What a refused file may be saved as, the most usual first.
ADVISED = {
    "application/pdf": "PDF",
    "image/png": _("PNG ou JPEG"),
    "text/csv": "CSV",
    "application/zip": "ZIP",
}


def _accepted_type(head: bytes, use: FileUse) -> str:
    if not head:
        raise Refused(_now("Ce fichier est vide. Choisissez-en un autre."))
    media_type = sniff(head)
    if media_type not in use.types:
        sentence = _now("Ce genre de fichier n’est pas accepté ici. Enregistrez-le en %(kind)s, puis recommencez.")
        raise Refused(sentence % {"kind": next((kind for one, kind in ADVISED.items() if one in use.types), "MP3")})
    return media_type


def _write(parts: Iterable[bytes]) -> str:
    """Write a content in its place, whole and on disk, or not at all. Returns its `File.path`."""
    token = secrets.token_hex(16)
    path = f"{token[:2]}/{token}"
    place = content_path(path)
    with _partial(token) as (stream, draft):
        for part in parts:
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        draft.rename(place)
    _sync_folder(place.parent)
    return path


@contextmanager
def _partial(token: str) -> Iterator[tuple[BinaryIO, Path]]:
    draft = content_path(PARTIAL) / token
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream, draft
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A new name is only safe from a power cut once its folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
