"""Two people of the directory who are one human: what each has, and whether they can be made one."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ent.core.registries import Registry
from ent.directory.models import Guardianship, Membership, Person
from ent.directory.queries.wording import title_of
from ent.foundation.accounts.models import Account

# What hangs on a membership: two of them in one school and profile become one only where one holds none of it.
HELD = ("enrolments", "functions", "head_of", "assignments", "apprenticeships", "apprentices")

# What the apps above hold about an account follows it: `(kept, gone)`, inside `scope.EVERYTHING`.
followers: Registry[Callable[[Account, Account], None]] = Registry("entrances")


@dataclass(frozen=True)
class Belongings:
    """What one of the two has, in words: their places in schools, their children."""

    person: Person
    places: list[str]
    children: list[str]


def belongings_of(person: Person) -> Belongings:
    """Call inside `scope.EVERYTHING`."""
    memberships = Membership.objects.filter(person=person).select_related("school").order_by("pk")
    wards = Guardianship.objects.filter(guardian=person).select_related("pupil").order_by("pupil__first_name")
    places = [f"{title_of(membership)}, {membership.school.name}" for membership in memberships]
    return Belongings(person, places, [ward.pupil.full_name for ward in wards])


def obstacle(kept: Person, gone: Person) -> str:
    """Why these two cannot be one, in a French sentence; nothing where they can. Call inside `scope.EVERYTHING`."""
    if kept.pk == gone.pk:
        return _("C’est déjà votre compte.")
    if kept.birth_date and gone.birth_date and kept.birth_date != gone.birth_date:
        return _("Ces deux comptes n’ont pas la même date de naissance. L’établissement doit d’abord la corriger.")
    pairs = Guardianship.objects.filter(pupil__in=[kept.pk, gone.pk], guardian__in=[kept.pk, gone.pk])
    if pairs.exists():
        return _("L’un de ces comptes est responsable de l’autre\u00a0: ils restent deux.")
    for membership, twin in twins(kept, gone):
        if _holds(membership) and _holds(twin):
            school = membership.school.name
            return (
                _("Les deux comptes sont inscrits dans le même établissement (%s), qui doit d’abord choisir.") % school
            )
    return ""


def twins(kept: Person, gone: Person) -> list[tuple[Membership, Membership]]:
    """The memberships that both have in the same school and profile: the kept person's, then the other's."""
    own = {(m.school_id, m.profile): m for m in Membership.objects.filter(person=kept).select_related("school")}
    others = Membership.objects.filter(person=gone)
    return [(own[m.school_id, m.profile], m) for m in others if (m.school_id, m.profile) in own]


def _holds(membership: Membership) -> bool:
    return any(getattr(membership, name).exists() for name in HELD)
