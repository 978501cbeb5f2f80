"""What a seal covers: the canonical bytes of a record, and the signature of a seal."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from ent.foundation.audit.models import Record, Seal

DIGEST = 32
FIRST = bytes(DIGEST)  # what the first seal names as the one before it

# `details` as PostgreSQL writes it: a parsed number could hide a change.
COLUMNS = (
    "id", "at", "school_id", "action", "actor_label", "actor_account", "actor_person", "reason",
    "target_type", "target_id", "target_label", Cast("details", TextField()), "request",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What sealing keeps of a record, and the date it bears."""

    digest: bytes
    at: datetime


def facts(ids: Iterable[int]) -> dict[int, Fact]:
    """The SHA-256 and the date of each of these records, by id; one that does not exist is left out."""
    rows = Record.objects.filter(pk__in=list(ids)).order_by().values_list(*COLUMNS)
    return {row[0]: Fact(hashlib.sha256(_canonical(list(row))).digest(), row[1]) for row in rows}


def signature(seal: Seal, secret: bytes) -> bytes:
    """The HMAC-SHA-256 of everything a seal says, but its own digest."""
    said = [
        seal.number,
        seal.sealed_at,
        bytes(seal.previous).hex(),
        seal.records,
        bytes(seal.record_digests).hex(),
        seal.complete,
        seal.key_id,
    ]
    return hmac.digest(secret, b"ent seal 1\n" + _canonical(said), hashlib.sha256)


def _canonical(values: list[Any]) -> bytes:
    plain = [v.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(v, datetime) else v for v in values]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
