"""A region officer's access to one school: for a reason, for a time, told in the school's journal."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.models import Person, SchoolVisit
from ent.foundation.audit.actions import record
from ent.foundation.schools.models import School

LONGEST = 24


@act("directory.open_visit", _("Accès temporaire de la région ouvert"))
def open_visit(officer: Person, school: School, *, reason: str, hours: int, by: Actor) -> SchoolVisit:
    """Open a school to an officer for `hours`, at most a day. One that is open already is kept as it is.

    Raises `Refused` for a longer one or without a reason.
    """
    if not 1 <= hours <= LONGEST or not reason.strip():
        raise Refused(_now("Un accès se donne pour une raison, et pour un jour au plus."))
    Person.objects.select_for_update().get(pk=officer.pk)
    now = timezone.now()
    rows = SchoolVisit.objects.filter(person=officer, school=school, closed_at__isnull=True, expires_at__gt=now)
    if running := rows.first():
        return running
    visit = SchoolVisit.objects.create(
        person=officer, school=school, reason=reason[:300], opened_at=now, expires_at=now + timedelta(hours=hours)
    )
    record("directory.open_visit", visit.school, by=by, school_id=school.pk, details=_terms(visit))
    return visit


@act("directory.end_visit", _("Accès temporaire de la région terminé"))
def end_visit(visit: SchoolVisit, *, by: Actor) -> None:
    """End it now. One that is over is left as it is."""
    if visit.closed_at or visit.expires_at <= timezone.now():
        return
    visit.closed_at = timezone.now()
    visit.save(update_fields=["closed_at"])
    record("directory.end_visit", visit.school, by=by, school_id=visit.school_id, details=_terms(visit))


def _terms(visit: SchoolVisit) -> dict[str, str]:
    return {"reason": visit.reason, "until": visit.expires_at.isoformat()}
