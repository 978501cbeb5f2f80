"""Who may see and administer what in the directory. Each docstring states its rule in one sentence."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import (
    LEARNER_PROFILES,
    SCHOOLING_DUTIES,
    STAFF_PROFILES,
    LegalDuty,
    Profile,
    RunState,
    Source,
)
from ent.directory.models import (
    Delegation,
    Division,
    Enrolment,
    Group,
    Guardianship,
    ImportRun,
    ImportSchool,
    Membership,
    Person,
    SchoolVisit,
)
from ent.directory.queries.administration.accounts import Reach
from ent.directory.viewer import Viewer
from ent.foundation.files.enums import ARCHIVES, TABLES
from ent.foundation.files.models import File
from ent.foundation.files.permissions import MIB, FileUse, uses
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School


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
    return viewer.is_region and viewer.visit is None


def can_lock_account(viewer: Viewer, person: Person, reach: Reach) -> bool:
    """Whoever administers a school locks and reopens the accounts of its people, never their own nor a region
    officer's; its headship's are for the region, during a visit."""
    if not viewer.administers or person.pk == viewer.person.pk or reach.is_officer:
        return False
    return viewer.visit is not None or not reach.heads_here


def can_reset_password(viewer: Viewer, person: Person, reach: Reach) -> bool:
    """Whoever may lock an account may give it a provisional password or another e-mail address, which opens it; that
    of someone who also works or administers elsewhere is for the region, during a visit."""
    return can_lock_account(viewer, person, reach) and (viewer.visit is not None or not reach.works_elsewhere)


def profiles_to_open(viewer: Viewer) -> list[Profile]:
    """A school's administrator opens any profile but those that oversee them; the region also names a headship."""
    overseers = {Profile.REGION} if viewer.visit else {Profile.REGION, Profile.HEADSHIP}
    return [profile for profile in Profile if profile not in overseers]


def can_close_membership(viewer: Viewer, membership: Membership) -> bool:
    """An administrator closes what was opened by hand or by a file of the school; what the académie says, its next
    import closes; nobody closes their own."""
    here = viewer.school is not None and membership.school_id == viewer.school.pk
    closable = membership.source != Source.AAF and membership.profile in profiles_to_open(viewer)
    return viewer.administers and here and closable and membership.person_id != viewer.person.pk


def can_end_delegation(viewer: Viewer, delegation: Delegation) -> bool:
    """Whoever may give a delegation of the school ends it; those of the region are the region's, and nobody ends
    theirs, so that one always remains."""
    if delegation.school_id is None:
        return can_administer_region(viewer) and delegation.person_id != viewer.person.pk
    return can_give_delegation(viewer) and viewer.school is not None and delegation.school_id == viewer.school.pk


def can_see_visits(viewer: Viewer) -> bool:
    """The headship and the correspondant see who of the region entered their school and why; the region sees all."""
    return can_see_delegations(viewer)


def can_end_visit(viewer: Viewer, visit: SchoolVisit) -> bool:
    """An officer ends their own access."""
    return visit.person_id == viewer.person.pk


def can_see_imports(viewer: Viewer) -> bool:
    """Imports are for whoever administers the school or the region."""
    return viewer.administers or viewer.is_region


def can_import_aaf(viewer: Viewer) -> bool:
    """The académie's files speak of every school: they are the region's."""
    return viewer.is_region


def can_import_csv(viewer: Viewer) -> bool:
    """A CSV file is of one school: it is for whoever administers it."""
    return viewer.administers


def can_decide_import(viewer: Viewer, run: ImportRun) -> bool:
    """The region decides on its imports, a school's administrator on the school's own."""
    if run.school_id is None:
        return viewer.is_region
    return viewer.administers and viewer.school is not None and run.school_id == viewer.school.pk


def visible_imports(viewer: Viewer) -> QuerySet[ImportRun]:
    """The region sees its imports; whoever administers a school, those made there or that reach it."""
    seen = Q(pk__in=[])
    if viewer.is_region:
        seen |= Q(school=None)
    if viewer.administers:
        here = ImportSchool.objects.filter(school=viewer.school)
        seen |= Q(school=viewer.school) | Q(pk__in=here.values("run"))
    return ImportRun.objects.filter(seen)


def imports_to_decide(viewer: Viewer) -> QuerySet[ImportRun]:
    """Those of `can_decide_import` that wait for a decision."""
    ours = Q(school=None) if viewer.is_region else Q(pk__in=[])
    if viewer.administers:
        ours |= Q(school=viewer.school)
    return ImportRun.objects.filter(ours, state__in=[RunState.PREVIEWED, RunState.PARTLY])


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
    """Staff see every division of their school, those of a year in preparation only if they administer it or head it;
    a learner sees theirs, a guardian those of the children whose schooling they follow."""
    if division.year.state == YearState.PREPARING and not can_see_prepared_year(viewer):
        return False
    if division.school_id == (viewer.school.pk if viewer.school else None) and can_browse_divisions(viewer):
        return True
    return division.enrolments.on().filter(membership__person__in=_own_learners(viewer)).exists()


def can_see_prepared_year(viewer: Viewer) -> bool:
    """Next year's divisions stay with the headship and whoever administers the school until the year opens."""
    return viewer.administers or viewer.profile == Profile.HEADSHIP


def can_list_pupils(viewer: Viewer, division: Division | Group) -> bool:
    """Staff and the learners of a division see who is in it; guardians do not see other children."""
    return can_see_division(viewer, division) and not viewer.is_guardian


def can_export_list(viewer: Viewer, division: Division | Group) -> bool:
    """Only the staff take a list out of the ENT, on paper or as a file."""
    own = viewer.school is not None and division.school_id == viewer.school.pk
    return own and can_browse_divisions(viewer) and can_see_division(viewer, division)


def can_see_school_card(viewer: Viewer, school: School) -> bool:
    """The region sees the public card of every school; anyone else those they belong to."""
    if viewer.is_region or viewer.school == school:
        return True
    return any(membership.school_id == school.pk for membership in viewer.memberships)


def can_see_contact(viewer: Viewer, person: Person, profiles: set[str]) -> bool:
    """A learner is shown no phone nor address, even their own; an adult sees their own; the headship, the
    administrative staff and the administrators see everybody's, the school-life office all but their colleagues'."""
    if viewer.is_learner:
        return False
    if person.pk == viewer.person.pk or viewer.administers:
        return True
    if viewer.profile == Profile.SCHOOL_LIFE:
        return not profiles <= STAFF_PROFILES
    return viewer.profile in {Profile.HEADSHIP, Profile.ADMINISTRATIVE}


def can_see_email(viewer: Viewer, person: Person, profiles: set[str]) -> bool:
    """A staff member's address is for all their school; a pupil's or a guardian's is for the staff."""
    if person.pk == viewer.person.pk or viewer.is_staff or viewer.administers:
        return True
    return bool(profiles & STAFF_PROFILES)


def can_see_guardians(viewer: Viewer, pupil: Person) -> bool:
    """The staff of the pupil's school, the pupil, and a legal guardian of theirs see who answers for them."""
    if viewer.is_staff or viewer.administers or pupil.pk == viewer.person.pk:
        return True
    return viewer.is_guardian and own_wards(viewer).filter(pupil=pupil, legal=LegalDuty.LEGAL).exists()


def can_see_wards(viewer: Viewer, guardian: Person) -> bool:
    """The staff of a school, and the guardian, see whom a guardian answers for there."""
    return viewer.is_staff or viewer.administers or guardian.pk == viewer.person.pk


def can_see_schooling(viewer: Viewer, learner: Person) -> bool:
    """A learner's groups and teachers are for the staff, the learner, and those of their guardians who have parental
    authority (LEGAL) or the child in their charge (IN_CHARGE); not for classmates, nor for a mere contact.

    Each is shown what they need and no more: arrêté du 30 novembre 2006, article 4; RGPD, article 5.1.c; parental
    authority: Code civil, article 371-1. A parent from whom it was withdrawn comes in the files as a contact.
    """
    if viewer.is_staff or viewer.administers or learner.pk == viewer.person.pk:
        return True
    return viewer.is_guardian and followed_wards(viewer).filter(pupil=learner).exists()


def can_see_class(viewer: Viewer, learner: Person) -> bool:
    """Whoever sees a learner sees their division, save a mere contact, who knows their name alone."""
    return learner.pk not in known_by_name(viewer)


def can_see_birth_date(viewer: Viewer, person: Person, profiles: set[str]) -> bool:
    """A learner's birth date is for themselves, their legal guardians and whoever sees their contacts; an adult's is
    for themselves and the administrators, who tell homonyms apart."""
    if person.pk == viewer.person.pk or viewer.administers:
        return True
    if not profiles & LEARNER_PROFILES:
        return False
    return can_see_contact(viewer, person, profiles) or (
        viewer.is_guardian and own_wards(viewer).filter(pupil=person, legal=LegalDuty.LEGAL).exists()
    )


def can_see_role(viewer: Viewer, membership: Membership) -> bool:
    """Everybody sees who works or studies in a school; only its staff, and oneself, who is a guardian, a master or a
    guest there."""
    if viewer.is_staff or viewer.administers or membership.person_id == viewer.person.pk:
        return True
    return membership.profile in STAFF_PROFILES | LEARNER_PROFILES


def own_wards(viewer: Viewer) -> QuerySet[Guardianship]:
    """The guardianships the viewer holds over others (an adult pupil may be their own guardian)."""
    return Guardianship.objects.filter(guardian=viewer.person).exclude(pupil=viewer.person)


def followed_wards(viewer: Viewer) -> QuerySet[Guardianship]:
    """Those of them that open the child's schooling: see `can_see_schooling`."""
    return own_wards(viewer).filter(legal__in=SCHOOLING_DUTIES)


def known_by_name(viewer: Viewer) -> set[int]:
    """The ids of the children for whom the viewer is a mere contact. One query for a guardian, once a request."""
    if not viewer.is_guardian:
        return set()
    contacts = own_wards(viewer).exclude(legal__in=SCHOOLING_DUTIES)
    return viewer.once("known by name", lambda: set(contacts.values_list("pupil_id", flat=True)))


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
        seen |= Q(pk__in=own_wards(viewer).values("pupil"))
    if viewer.profile == Profile.MASTER and viewer.membership:
        seen |= Q(pk__in=viewer.membership.apprentices.on(today).values("apprentice__person"))
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
        return list(followed_wards(viewer).values_list("pupil_id", flat=True))
    return [viewer.person.pk]


def can_read_import_file(viewer: Viewer, file: File) -> bool:
    """The file of an import is for whoever decides on it."""
    return viewer.is_region if file.school_id is None else viewer.administers


uses.register("directory.import")(
    FileUse(
        label=_("Fichier d’import"),
        types=ARCHIVES | TABLES,
        can_read=can_read_import_file,
        max_size=settings.UPLOAD_LIMIT,
        keep=timedelta(days=30),
    )
)


def can_read_logo(viewer: Viewer, logo: File) -> bool:
    """A school's logo is for whoever sees its page."""
    return logo.school_id in viewer.scope(read_only=True).reads


uses.register("directory.logo")(
    FileUse(
        label=_("Logo d’établissement"),
        types=frozenset({"image/png", "image/jpeg", "image/webp"}),
        can_read=can_read_logo,
        max_size=MIB,
    )
)
