"""Naming those who administer a school or the region."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.enums import Office
from ent.directory.models import Delegation, Person
from ent.foundation.accounts.actions import open_account
from ent.foundation.audit.actions import record
from ent.foundation.schools import scope


@act("directory.give_delegation", _("Délégation donnée"))
def give_delegation(delegation: Delegation, *, by: Actor) -> None:
    """Save a delegation. Raises `ValidationError` where the person already holds it on these dates."""
    delegation.given_by = by.label[:200]
    delegation.full_clean()
    delegation.save()
    _tell("directory.give_delegation", delegation, by)


@act("directory.end_delegation", _("Délégation terminée"))
def end_delegation(delegation: Delegation, *, by: Actor) -> None:
    """End it now: it opens nothing from this moment. One that has not begun leaves no trace but the journal's."""
    yesterday = timezone.localdate() - timedelta(days=1)
    if delegation.ends and delegation.ends <= yesterday:
        return
    _tell("directory.end_delegation", delegation, by)
    if delegation.starts > yesterday:
        delegation.delete()
        return
    delegation.ends = yesterday
    delegation.save(update_fields=["ends"])


@act("directory.name_officer", _("Membre de l’équipe régionale nommé"))
def name_officer(person: Person, *, by: Actor) -> tuple[Person, str]:
    """A new person of the region's team, in no school, with an account; and its provisional password, to show once."""
    # Nobody's scope holds a person without a school before their delegation is there.
    with scope.use(scope.EVERYTHING):
        person.account, password = open_account(person.first_name, person.last_name, by=by)
        person.save()
        Delegation.objects.create(person=person, office=Office.REGION, given_by=by.label[:200])
        record("directory.name_officer", person, by=by)
    return person, password


def _tell(action: str, delegation: Delegation, by: Actor) -> None:
    details = {"office": delegation.office, "starts": str(delegation.starts), "ends": str(delegation.ends or "")}
    record(action, delegation.person, by=by, school_id=delegation.school_id, details=details)
