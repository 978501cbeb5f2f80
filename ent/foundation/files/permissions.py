"""Who may read a file: each app declares in its own `permissions.py` the uses it makes of files.

uses.register("homework.handout")(FileUse(label=_("Document de cours"), types=DOCUMENTS, can_read=can_read_handout))
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise

from ent.core.registries import Registry
from ent.foundation.files.models import File

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class FileUse:
    """What files of one use are, and who may read them.

    `can_read(viewer, file)` decides for someone who already sees the file's school; `types` are media types of
    `enums.ENDINGS`; `max_size` in bytes; files older than `keep` are removed every night.
    """

    label: str | Promise
    types: frozenset[str]
    can_read: Callable[[Any, File], bool]
    max_size: int = 20 * MIB
    keep: timedelta | None = None


uses: Registry[FileUse] = Registry("permissions")


def can_read_file(viewer: Any, file: File) -> bool:
    """Whoever the use of the file lets read it; nobody when that use is no longer declared."""
    return file.use in uses and uses[file.use].can_read(viewer, file)
