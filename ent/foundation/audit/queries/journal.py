"""The journal as its page shows it."""

from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from ent.foundation.audit.models import Record
from ent.foundation.schools import scope


def journal(
    *,
    action: str = "",
    actor: int | str = "",
    target: models.Model | None = None,
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Record]:
    """The records of the scope in force, the latest first. Raises `ScopeMissing`.

    `actor` is a person's id, or part of the author's name; `since` and `until` are days of the region, both included.
    Who may open it is asked by the page; whoever does is recorded (`record_reading`).
    """
    rows = _readable()
    if action:
        rows = rows.filter(action=action)
    if isinstance(actor, int):
        rows = rows.filter(actor_person=actor)
    elif actor:
        rows = rows.filter(actor_label__icontains=actor)
    if target is not None:
        rows = rows.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
    if since:
        rows = rows.filter(at__gte=_midnight(since))
    if until:
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    return rows


def _readable() -> QuerySet[Record]:
    now = scope.current()
    rows = Record.objects.select_related("school")
    if now.everything:
        return rows
    return rows.filter(Q(school__in=now.reads) | (Q(school=None) if now.region else Q(pk__in=[])))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
