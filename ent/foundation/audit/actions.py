"""Writing to the journal."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.utils import timezone

from ent.core.actors import Actor
from ent.core.logs import request_id

COLUMNS = (
    "at, school_id, action, actor_label, actor_account, actor_person, reason,"
    " target_type, target_id, target_label, details, request"
)
INSERT = f"INSERT INTO audit_record ({COLUMNS}) VALUES ({', '.join(['%s'] * 12)})"  # noqa: S608

def record(
    action: str,
    target: models.Model | None = None,
    *,
    by: Actor,
    school_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one act to the journal, in the transaction of the act itself.

    `action` is `app.verb_noun`; `school_id` defaults to the target's school; `details` holds plain JSON
    without sensitive values. It takes no lock: sealing comes later.
    """
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
