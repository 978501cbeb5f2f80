"""Closing an access, opening it again; and closing the whole service."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.models import Division, Membership
from ent.foundation.audit.actions import record
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.access.enums import Kind
from ent.identity.access.models import Closure, ServiceClosure
from ent.identity.access.queries.closures import FOREVER, OF_DIVISIONS, members_closed
from ent.identity.access.queries.service import look_again


@act("access.close_access", _("Accès fermé"))
def close_access(
    school: School,
    kind: Kind,
    *,
    divisions: Iterable[Division],
    families: Iterable[str],
    reason: str = "",
    reopens_on: date | None,
    by: Actor,
) -> int:
    """Close the school to these families, or these divisions only, from now and until `reopens_on`. Returns how many
    people do not come in for it. Sessions already open stop opening anything at the next page.

    Raises `ValidationError` for a day that is not to come, `Refused` where nobody is concerned.
    """
    divisions, families = list(divisions), list(families)
    of_divisions = [family for family in families if family in OF_DIVISIONS]
    places: list[tuple[Division | None, list[str]]] = [(division, of_divisions) for division in divisions]
    rows = []
    for division, concerned in places or [(None, families)]:
        row = Closure(school=school, kind=kind, division=division, families=concerned, reason=reason)
        row.reopens_on, row.closed_by = reopens_on, by.label[:200]
        row.full_clean()
        if not _is_there(row):
            row.save()
        rows.append(row)
    with scope.use(scope.EVERYTHING):
        closed = sum(members_closed(row).count() for row in rows)
        if not closed:
            raise Refused(_now("Personne n’est concerné. Rien n’a été fermé."))
        apply_closures(school.pk)
    details = {"kind": kind, "whom": [row.whom for row in rows], "reason": reason, "until": str(reopens_on or "")}
    record("access.close_access", school, by=by, school_id=school.pk, details=details | {"people": closed})
    return closed


def _is_there(row: Closure) -> bool:
    """A form sent twice closes once."""
    same = Closure.objects.in_force().filter(school=row.school, kind=row.kind, division=row.division)
    return same.filter(families=row.families, reason=row.reason, reopens_on=row.reopens_on).exists()


@act("access.reopen_access", _("Accès rouvert"))
def reopen_access(closure: Closure, *, by: Actor) -> None:
    """It closes nothing any more."""
    details = {"kind": closure.kind, "whom": closure.whom}
    record("access.reopen_access", closure.school, by=by, school_id=closure.school_id, details=details)
    closure.delete()
    with scope.use(scope.EVERYTHING):
        apply_closures(closure.school_id)


@transaction.atomic
def apply_closures(school_id: int) -> None:
    """Write beside each membership of the school until when it opens nothing; two at once wait for each other. Call
    inside `scope.EVERYTHING`."""
    School.objects.select_for_update(no_key=True).get(pk=school_id)
    members = Membership.objects.filter(school=school_id)
    rows = list(Closure.objects.in_force().filter(school=school_id))
    wanted = _days(rows)
    members.filter(closed_until__isnull=False).exclude(pk__in=wanted).update(closed_until=None)
    for until in set(wanted.values()):
        late = members.filter(pk__in=[pk for pk, day in wanted.items() if day == until])
        late.exclude(Q(closed_until__isnull=False) & Q(closed_until=until)).update(closed_until=until)


def _days(rows: list[Closure]) -> dict[int, date]:
    """Until when each membership is closed. Of the closures of whole schools the longest holds; of those of divisions
    the shortest: a guardian comes in with the first of their children."""
    whole: dict[int, date] = {}
    parts: dict[int, date] = {}
    for row in rows:
        until = row.reopens_on or FOREVER
        days, choose = (parts, min) if row.division_id else (whole, max)
        for pk in members_closed(row).values_list("pk", flat=True):
            days[pk] = choose(until, days.get(pk, until))
    return parts | {pk: max(until, parts.get(pk, until)) for pk, until in whole.items()}


@act("access.close_service", _("Service fermé pour maintenance"))
def close_service(*, back_at: str, by: Actor) -> None:
    """Everybody but the region's team gets the page of maintenance, within seconds. Inside `scope.EVERYTHING`."""
    ServiceClosure.objects.all().delete()
    ServiceClosure.objects.create(back_at=back_at[:40], closed_by=by.label[:200])
    look_again()
    record("access.close_service", by=by, details={"back_at": back_at})


@act("access.open_service", _("Service rouvert après maintenance"))
def open_service(*, by: Actor) -> None:
    """Open to everybody again. Inside `scope.EVERYTHING`."""
    ServiceClosure.objects.all().delete()
    look_again()
    record("access.open_service", by=by)
