"""Writing to the journal, and sealing it.

These are the journal itself: `record`, `record_reading` and `seal_records` are not recorded in their turn.
"""

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core import crypto
from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.logs import request_id
from ent.core.pages import Request
from ent.foundation.audit.models import Record, Seal, SealingKey, Unsealed
from ent.foundation.audit.queries.chain import FIRST, facts, signature
from ent.foundation.schools import scope

log = logging.getLogger("ent.audit")

COLUMNS = (
    "at, school_id, action, actor_label, actor_account, actor_person, reason,"
    " target_type, target_id, target_label, details, request"
)
INSERT = f"INSERT INTO audit_record ({COLUMNS}) VALUES ({', '.join(['%s'] * 12)})"  # noqa: S608

SEAL_SIZE = 500
SEALING_LOCK = 0x5EA1


def record(
    action: str,
    target: models.Model | None = None,
    *,
    by: Actor,
    school_id: int | None = None,
    schools: Iterable[int] | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one act to the journal, in the transaction of the act itself.

    `action` is `app.verb_noun`, the name given to `act`; `school_id` defaults to the target's school; `details`
    holds plain JSON without sensitive values. What concerns several `schools` is told in the journal of each, or in
    the region's where there is none. It takes no lock: sealing comes later.
    """
    if schools is not None:
        told: list[int | None] = [*schools]
        for one in told or [None]:
            record(action, target, by=by, school_id=one, details=details)
        return
    named = target is not None and {
        "target_type": target._meta.label_lower,
        "target_id": str(target.pk),
        "target_label": str(target)[:200],
    }
    row = {
        "at": timezone.now(),
        "school_id": school_id if school_id is not None else getattr(target, "school_id", None),
        "action": action,
        "actor_label": by.label[:200],
        "actor_account": by.account_id,
        "actor_person": by.person_id,
        "reason": by.reason[:300],
        **(named or {"target_type": "", "target_id": "", "target_label": ""}),
        "details": json.dumps(dict(details or {}), ensure_ascii=False, default=str),
        "request": request_id.get(),
    }
    # Plain SQL: an ORM insert asks for the row back, which the reader's policy may hide from its own author.
    with connection.cursor() as cursor:
        cursor.execute(INSERT, list(row.values()))


def record_reading(request: Request, reading: Callable[..., None], *args: Any, **details: Any) -> None:
    """Have `reading(*args, by=the viewer, **details)`, an act that only records, run once the page is made.

    A page that is read runs in a transaction that cannot write; the record follows in one of its own.
    """
    request.afterwards.append(partial(reading, *args, by=request.viewer.actor, **details))


@act("audit.read_journal", _("Journal consulté"))
def read_journal(*, by: Actor, school_id: int | None = None, filters: Mapping[str, str] | None = None) -> None:
    """Record that someone read the journal of a school (None: the region's) and what they looked for."""
    record("audit.read_journal", by=by, school_id=school_id, details={"filters": dict(filters or {})})


@act("audit.rotate_keys", _("Données rechiffrées sous la clé courante"))
def record_rotation(key: str, values: Mapping[str, int], *, by: Actor) -> None:
    """Record that a rotation sealed again, under the master key named `key`, so many values of each column."""
    record("audit.rotate_keys", by=by, details={"key": key, "values": dict(values)})


def seal_records() -> int:
    """Seal every committed record not sealed yet, by batches, each in a transaction of its own. Returns how many.

    No act waits for it, nor it for any act: a record committed late, whatever its id, goes into a later seal.
    """
    sealed = 0
    while batch := seal_batch():
        sealed += batch
    return sealed


def seal_batch() -> int:
    """Seal one batch. Returns 0 when nothing waits, or when another process is sealing."""
    with scope.use(scope.EVERYTHING):
        if not _alone():
            return 0
        ids = _take_waiting(SEAL_SIZE)
        if not ids:
            return 0
        sealed = facts(ids)
        last = Seal.objects.order_by("-number").first()
        seal = Seal(
            number=last.number + 1 if last else 1,
            sealed_at=timezone.now(),
            previous=bytes(last.digest) if last else FIRST,
            records=ids,
            record_digests=b"".join(sealed[pk].digest for pk in ids),
            complete=len(ids) < SEAL_SIZE,
            key=_sealing_key(),
        )
        seal.digest = signature(seal, seal.key.secret)
        seal.save(force_insert=True)
    # Kept with the logs, away from the database, it proves later that the end of the journal is still the same.
    log.info("sealed %d records: seal %d:%s", len(ids), seal.number, bytes(seal.digest).hex())
    return len(ids)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALING_LOCK])
        return bool(cursor.fetchone()[0])


def _take_waiting(size: int) -> list[int]:
    """Take waiting records off the list. One that vanished before its sealing stays there, for `verify` to name."""
    alive = Exists(Record.objects.filter(pk=OuterRef("record_id")))
    ids = list(Unsealed.objects.filter(alive).order_by("pk").values_list("pk", flat=True)[:size])
    Unsealed.objects.filter(pk__in=ids).delete()
    return ids


def _sealing_key() -> SealingKey:
    """The key in use; a new master key brings a new one, so that an old master key that leaks forges no new seal."""
    name = crypto.current_key_name()
    key = SealingKey.objects.filter(born_under=name).order_by("-pk").first()
    return key or SealingKey.objects.create(born_under=name, secret=secrets.token_bytes(32))
