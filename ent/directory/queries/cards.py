"""The card of a person: what the viewer may know of them, and nothing else."""

import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES, Profile
from ent.directory.models import Apprenticeship, Delegation, Division, Group, Guardianship, Membership, Person
from ent.directory.permissions import (
    can_see_birth_date,
    can_see_class,
    can_see_contact,
    can_see_email,
    can_see_guardians,
    can_see_role,
    can_see_schooling,
    can_see_wards,
    visible_people,
)
from ent.directory.queries.people import (
    Taught,
    Teacher,
    guardians_of,
    open_delegations,
    own_places,
    places_of,
    taught_by,
    teachers_of,
)
from ent.directory.queries.wording import title_of, written
from ent.directory.viewer import Viewer
from ent.foundation.schools.models import School

NBSP = "\u00a0"


@dataclass(frozen=True)
class Phone:
    """A number as one reads it, and as a device dials it."""

    label: str
    number: str
    href: str


@dataclass(frozen=True)
class Contact:
    """How to reach someone: their phones, and the lines of their address."""

    phones: list[Phone]
    address: list[str]


@dataclass(frozen=True)
class Role:
    """What a person is in a school, and the functions held there when there are several."""

    school: School
    label: str
    functions: list[str]


@dataclass(frozen=True)
class Relative:
    """A guardian of a pupil, or a pupil of a guardian. `known`: the viewer may open their card."""

    person: Person
    guardianship: Guardianship
    known: bool
    phones: list[Phone] = field(default_factory=list)
    division: Division | None = None

    @property
    def words(self) -> str:
        """« Mère, représentant légal, à prévenir en premier »."""
        row = self.guardianship
        said = [row.get_relation_display(), row.get_legal_display().lower()]
        if self.phones and row.contact_rank:
            said.append(_("à prévenir en premier") if row.contact_rank == 1 else _("à prévenir ensuite"))
        return ", ".join(said)


@dataclass
class Card:
    """Everything a person's page shows. What the viewer may not know is empty."""

    person: Person
    roles: list[Role]
    offices: list[Delegation]
    is_learner: bool = False
    birth_date: date | None = None
    email: str = ""
    contact: Contact | None = None
    divisions: list[Division] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    # The viewer may open the pages of these divisions and groups.
    places_known: bool = False
    teachers: list[Teacher] = field(default_factory=list)
    guardians: list[Relative] = field(default_factory=list)
    wards: list[Relative] = field(default_factory=list)
    taught: Taught | None = None
    apprenticeships: list[Apprenticeship] = field(default_factory=list)
    apprentices: list[Apprenticeship] = field(default_factory=list)

    @property
    def has_side(self) -> bool:
        """Something stands beside the card itself: their children, their apprentices or their teachers."""
        return bool(self.wards or self.apprentices or self.teachers)

    @property
    def summary(self) -> str:
        """« Élève, 2de 4 »: what stands under the name."""
        labels = [role.label for role in self.roles] or [str(office.get_office_display()) for office in self.offices]
        return ", ".join(dict.fromkeys([*labels, *(division.label for division in self.divisions)]))


def card_of(viewer: Viewer, person: Person) -> Card:
    """The card of a person whom the viewer may see."""
    memberships = list(
        Membership.objects.on().filter(person=person).select_related("school", "person").prefetch_related("functions")
    )
    profiles = {membership.profile for membership in memberships}
    shown = [membership for membership in memberships if can_see_role(viewer, membership)]
    offices = open_delegations(person) if not profiles or profiles & STAFF_PROFILES else []
    card = Card(person, [_role(membership) for membership in shown], offices, bool(profiles & LEARNER_PROFILES))
    if can_see_birth_date(viewer, person, profiles):
        card.birth_date = person.birth_date
    if can_see_email(viewer, person, profiles):
        card.email = person.email
    if can_see_contact(viewer, person, profiles):
        card.contact = contact_of(person)
    for membership in shown:
        _add_what_is_done(viewer, card, membership)
    return card


def _role(membership: Membership) -> Role:
    functions = [_function(row.label, row.discipline) for row in membership.functions.all()]
    # One function is what the title says already.
    return Role(membership.school, title_of(membership), list(dict.fromkeys(functions)) if len(functions) > 1 else [])


def _function(label: str, discipline: str) -> str:
    """« Éducation, conseiller principal d’éducation »: the files write both in capitals."""
    return ", ".join(dict.fromkeys(written(part) for part in (label, discipline) if part))


def _add_what_is_done(viewer: Viewer, card: Card, membership: Membership) -> None:
    """Add to the card what the person does in one school, by profile."""
    if membership.profile in LEARNER_PROFILES:
        _add_schooling(viewer, card, membership)
    elif membership.profile == Profile.GUARDIAN and not card.wards and can_see_wards(viewer, card.person):
        card.wards = _wards(viewer, card.person)
    elif membership.profile == Profile.TEACHER:
        taught = taught_by(membership)
        card.taught = taught if taught.divisions or taught.groups else None
    elif membership.profile == Profile.MASTER:
        rows = membership.apprentices.on().filter(apprentice__person__in=visible_people(viewer))
        card.apprentices = list(rows.select_related("apprentice__person"))


def _add_schooling(viewer: Viewer, card: Card, membership: Membership) -> None:
    person = card.person
    if not can_see_class(viewer, person):
        return
    card.divisions, groups = places_of([person.pk]).get(person.pk, ([], []))
    own_divisions, _own_groups = own_places(viewer) if viewer.is_learner else ([], [])
    whole = can_see_schooling(viewer, person)
    card.places_known = whole or bool(card.divisions and set(card.divisions) <= set(own_divisions))
    if whole:
        card.groups = groups
        card.teachers = teachers_of((card.divisions, groups))
    if whole and membership.profile == Profile.APPRENTICE:
        card.apprenticeships = list(membership.apprenticeships.on().select_related("master__person"))
    if can_see_guardians(viewer, person):
        card.guardians = _guardians(viewer, person)


def _guardians(viewer: Viewer, pupil: Person) -> list[Relative]:
    """Those who answer for a pupil, with their phones where the viewer may call them."""
    rows = guardians_of(pupil)
    known = set(visible_people(viewer).filter(pk__in=[row.guardian_id for row in rows]).values_list("pk", flat=True))
    return [Relative(row.guardian, row, row.guardian_id in known, _phones_shown(viewer, row.guardian)) for row in rows]


def _phones_shown(viewer: Viewer, guardian: Person) -> list[Phone]:
    return contact_of(guardian).phones if can_see_contact(viewer, guardian, {Profile.GUARDIAN}) else []


def _wards(viewer: Viewer, guardian: Person) -> list[Relative]:
    """The children of a guardian whom the viewer may see, with their division."""
    rows = Guardianship.objects.filter(guardian=guardian, pupil__in=visible_people(viewer)).exclude(pupil=guardian)
    rows = rows.select_related("pupil").order_by("pupil__birth_date", "pk")
    places = places_of([row.pupil_id for row in rows if can_see_class(viewer, row.pupil)])
    divisions = {person_id: found[0] for person_id, (found, _groups) in places.items() if found}
    return [Relative(row.pupil, row, True, division=divisions.get(row.pupil_id)) for row in rows]


def contact_of(person: Person) -> Contact:
    """The phones and the address of a person, as one writes them."""
    known = person.contact or {}
    labels = (("mobile", _("Portable")), ("home", _("Domicile")), ("work", _("Travail")))
    phones = [Phone(label, written_phone(known[key]), dialled(known[key])) for key, label in labels if known.get(key)]
    place = f"{known.get('postal_code') or ''} {known.get('city') or ''}".strip()
    country = known.get("country") or ""
    lines = [*(known.get("address") or []), place, country if country.upper() != "FRANCE" else ""]
    return Contact(phones, [line for line in lines if line])


def written_phone(number: str) -> str:
    """A French number by pairs, kept on one line, without its country; another as it was given."""
    digits = re.sub(r"^(\+|00)33(\(0\))?", "0", re.sub(r"[\s.\-/]", "", number))
    if re.fullmatch(r"0\d{9}", digits):
        return NBSP.join(digits[at : at + 2] for at in range(0, 10, 2))
    return number


def dialled(number: str) -> str:
    return "tel:" + re.sub(r"[^\d+]", "", number)
