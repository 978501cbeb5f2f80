"""What an administrator writes by hand: a person, a membership, an address."""

from collections.abc import Collection
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.enums import Source
from ent.directory.models import Membership, Person
from ent.directory.queries.administration.accounts import namesakes
from ent.directory.queries.settings import provisional_until
from ent.foundation.accounts.actions import open_account
from ent.foundation.audit.actions import record
from ent.foundation.schools.models import School
from ent.foundation.search.actions import refresh_objects


@act("directory.add_person", _("Personne ajoutée"))
def add_person(person: Person, membership: Membership, *, seen: Collection[int], by: Actor) -> str:
    """Save a new person of `membership.school` with an account, and return its provisional password.

    `seen` are the namesakes (ids) that were shown: one that appeared since, such as the same form sent twice, raises
    `Refused`. Two such acts in one school wait for each other.
    """
    school = School.objects.select_for_update().get(pk=membership.school_id)
    alike = namesakes(school, last_name=person.last_name, first_name=person.first_name, birth_date=person.birth_date)
    if {other.pk for other in alike} - set(seen):
        raise Refused(_now("Une personne du même nom vient d’être ajoutée à l’établissement."))
    until = provisional_until(school)
    person.account, password = open_account(
        person.first_name, person.last_name, by=by, schools=[school.pk], until=until
    )
    person.home_school = school
    person.save()
    membership.person, membership.source = person, Source.MANUAL
    membership.save()
    record("directory.add_person", person, by=by, school_id=school.pk, details={"profile": membership.profile})
    refresh_objects("people", [person.pk])
    return password


@act("directory.open_membership", _("Appartenance ouverte"))
def open_membership(membership: Membership, *, by: Actor) -> Membership:
    """Open a profile to a person of the school; one that had been closed opens again. Asked twice, it opens once."""
    day = timezone.localdate()
    known = Membership.objects.select_for_update().filter(
        person=membership.person_id, school=membership.school_id, profile=membership.profile
    )
    for former in known:
        if former.ends is None or former.ends >= day:
            return former
        membership.pk = former.pk
    membership.source, membership.grace_until = Source.MANUAL, None
    membership.save()
    record("directory.open_membership", membership, by=by, details=_terms(membership))
    refresh_objects("people", [membership.person_id])
    return membership


@act("directory.close_membership", _("Appartenance fermée"))
def close_membership(membership: Membership, *, ends: date, by: Actor) -> None:
    """Set the last day of a membership, and of the places it holds. Raises `Refused` before its first day."""
    if ends < membership.starts:
        raise Refused(_now("La fin ne peut pas précéder le début."))
    membership.ends = ends
    membership.save(update_fields=["ends"])
    membership.enrolments.filter(starts__gt=ends).delete()
    for enrolment in membership.enrolments.on(ends):
        enrolment.ends = ends
        enrolment.save(update_fields=["ends"])
    record("directory.close_membership", membership, by=by, details=_terms(membership))
    refresh_objects("people", [membership.person_id])


def _terms(membership: Membership) -> dict[str, str]:
    return {
        "person": membership.person.full_name,
        "profile": membership.profile,
        "starts": str(membership.starts),
        "ends": str(membership.ends or ""),
    }


@act("directory.correct_email", _("Courriel corrigé"))
def correct_email(person: Person, email: str, *, school: School, by: Actor) -> None:
    """Replace the address of a person; the journal of the school tells that it changed, not the addresses."""
    if person.email == email:
        return
    person.email = email
    person.save(update_fields=["email", "updated_at"])
    record("directory.correct_email", person, by=by, school_id=school.pk)
