"""Who may see and administer what in the directory. Each docstring states its rule in one sentence."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES, Profile
from ent.directory.models import Division, Enrolment, Group, Guardianship, Membership, Person
from ent.directory.viewer import Viewer


def can_browse_people(viewer: Viewer) -> bool:
    """Whoever is in a school looks people up in it."""
    return viewer.school is not None


def can_browse_divisions(viewer: Viewer) -> bool:
    """The staff of a school, and its administrators, see its divisions and groups."""
    return viewer.school is not None and (viewer.is_staff or viewer.administers)


def can_see_school_page(viewer: Viewer) -> bool:
    """Whoever is in a school sees its page."""
    return viewer.school is not None


def can_administer_school(viewer: Viewer) -> bool:
    """The correspondant ENT administers their establishment, and the region's officer during a visit."""
    return viewer.administers


def can_administer_accounts(viewer: Viewer) -> bool:
    """Accounts belong to whoever administers the school."""
    return viewer.administers


def can_administer_region(viewer: Viewer) -> bool:
    """The region's team, outside any visit."""
    return viewer.is_region


def can_see_imports(viewer: Viewer) -> bool:
    """Imports are for whoever administers the school or the region."""
    return viewer.administers or viewer.is_region


def can_see_delegations(viewer: Viewer) -> bool:
    """The headship and whoever administers the school or the region see who administers what."""
    return viewer.administers or viewer.is_region or viewer.profile == Profile.HEADSHIP


def can_give_delegation(viewer: Viewer) -> bool:
    """The head of a school and the region's team name the correspondant ENT."""
    return viewer.is_region or viewer.profile == Profile.HEADSHIP


def can_read_journal(viewer: Viewer) -> bool:
    """The headship and the correspondant ENT read their school's journal, the region its own."""
    return viewer.administers or viewer.is_region or viewer.profile == Profile.HEADSHIP


def can_see_division(viewer: Viewer, division: Division | Group) -> bool:
    """Staff see every division of their school; a learner theirs; a guardian their children's."""
    if division.school_id == (viewer.school.pk if viewer.school else None) and can_browse_divisions(viewer):
        return True
    field = "division" if isinstance(division, Division) else "group"
    mine = _own_learners(viewer)
    return Enrolment.objects.on(timezone.localdate()).filter(**{field: division}, membership__person__in=mine).exists()


def can_list_pupils(viewer: Viewer, division: Division | Group) -> bool:
    """Staff and the learners of a division see who is in it; guardians do not see other children."""
    return can_see_division(viewer, division) and not viewer.is_guardian


def can_export_list(viewer: Viewer, division: Division | Group) -> bool:
    """Only the staff take a list out of the ENT."""
    return viewer.school is not None and division.school_id == viewer.school.pk and can_browse_divisions(viewer)


def can_see_contact(viewer: Viewer, person: Person) -> bool:
    """Phones and addresses are for oneself, the headship, the school-life office and the school's administrators."""
    if person.pk == viewer.person.pk:
        return True
    return viewer.administers or viewer.profile in {Profile.HEADSHIP, Profile.SCHOOL_LIFE, Profile.ADMINISTRATIVE}


def can_see_email(viewer: Viewer, person: Person, profiles: set[str]) -> bool:
    """A staff member's address is for all their school; a pupil's or a guardian's is for the staff."""
    if person.pk == viewer.person.pk or viewer.is_staff or viewer.administers:
        return True
    return bool(profiles & STAFF_PROFILES)


def can_see_guardians(viewer: Viewer, pupil: Person) -> bool:
    """The staff of the pupil's school, the pupil, and a legal guardian of theirs see who answers for them."""
    if viewer.is_staff or viewer.administers or pupil.pk == viewer.person.pk:
        return True
    return Guardianship.objects.filter(pupil=pupil, guardian=viewer.person, legal=1).exists()


def can_see_birth_date(viewer: Viewer, person: Person) -> bool:
    """Birth dates follow the rule of contacts, and a guardian sees their child's."""
    return can_see_contact(viewer, person) or Guardianship.objects.filter(pupil=person, guardian=viewer.person).exists()


def visible_people(viewer: Viewer) -> QuerySet[Person]:
    """Staff see everybody in their school; others see its staff, and learners those of their divisions and groups; a
    guardian sees their children and their children's schools' staff."""
    today = timezone.localdate()
    memberships = Membership.objects.on(today)
    if viewer.is_staff or viewer.administers:
        return Person.objects.filter(Q(pk__in=memberships.values("person")) | Q(pk=viewer.person.pk))
    seen = Q(pk__in=memberships.filter(profile__in=STAFF_PROFILES).values("person")) | Q(pk=viewer.person.pk)
    if viewer.is_learner:
        seen |= Q(pk__in=_classmates(viewer).values("membership__person"))
    if viewer.is_guardian:
        seen |= Q(pk__in=Guardianship.objects.filter(guardian=viewer.person).values("pupil"))
    if viewer.profile == Profile.MASTER and viewer.membership:
        seen |= Q(pk__in=viewer.membership.apprentices.values("apprentice__person"))
    return Person.objects.filter(seen)


def _classmates(viewer: Viewer) -> QuerySet[Enrolment]:
    now = Enrolment.objects.on(timezone.localdate())
    mine = now.filter(membership__person=viewer.person)
    return now.filter(
        Q(division__in=mine.filter(division__isnull=False).values("division"))
        | Q(group__in=mine.filter(group__isnull=False).values("group")),
        membership__profile__in=LEARNER_PROFILES,
    )


def _own_learners(viewer: Viewer) -> list[int]:
    if viewer.is_guardian:
        return list(Guardianship.objects.filter(guardian=viewer.person).values_list("pupil_id", flat=True))
    return [viewer.person.pk]
