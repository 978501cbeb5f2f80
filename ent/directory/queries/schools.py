"""What the page of a school says."""

from dataclasses import dataclass

from ent.directory.enums import Profile
from ent.directory.models import Person
from ent.directory.permissions import can_see_email
from ent.directory.queries.cards import Phone, dialled, written_phone
from ent.directory.queries.people import chosen_ward, correspondants_of, members_of, wards_of
from ent.directory.queries.wording import title_of
from ent.directory.viewer import Viewer
from ent.foundation.schools.models import School


@dataclass(frozen=True)
class Official:
    """Someone the page of a school names."""

    person: Person
    title: str
    email: str


@dataclass(frozen=True)
class SchoolCard:
    """A school's public facts; who heads it and looks after its ENT when `inside`, for who reads that school's rows."""

    school: School
    inside: bool
    address: list[str]
    phone: Phone | None
    headship: list[Official]
    correspondants: list[Official]


def current_school(viewer: Viewer) -> School | None:
    """The school one is in; for a guardian, that of the child shown."""
    ward = chosen_ward(viewer, wards_of(viewer)) if viewer.is_guardian else None
    return ward.school if ward and ward.school else viewer.school


def school_card_of(viewer: Viewer, school: School) -> SchoolCard:
    """The card of a school that the viewer may see."""
    inside = school.pk in viewer.scope(read_only=True).reads
    town = f"{school.postal_code} {school.city}".strip()
    return SchoolCard(
        school,
        inside,
        [line for line in (school.street, town) if line],
        Phone("", written_phone(school.phone), dialled(school.phone)) if school.phone else None,
        _headship(viewer, school) if inside else [],
        _correspondants(viewer, school) if inside else [],
    )


def _headship(viewer: Viewer, school: School) -> list[Official]:
    rows = members_of(school, [Profile.HEADSHIP])
    return [_official(viewer, row.person, title_of(row)) for row in rows]


def _correspondants(viewer: Viewer, school: School) -> list[Official]:
    return [_official(viewer, person, "") for person in correspondants_of(school)]


def _official(viewer: Viewer, person: Person, title: str) -> Official:
    seen = can_see_email(viewer, person, {Profile.HEADSHIP})
    return Official(person, title, person.email if seen else "")
