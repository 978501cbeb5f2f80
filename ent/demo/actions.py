"""What the files of the académie do not say, and a living demonstration needs: who administers, terms, a notice."""

from datetime import date, timedelta

from django.db.models.functions import Mod
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.demo.queries import OFFICER_MAIL, find_person
from ent.directory.actions.delegations import give_delegation, name_officer
from ent.directory.actions.settings import change_settings, save_term
from ent.directory.enums import FAMILY_PROFILES, LEARNER_PROFILES, STAFF_PROFILES, Family, Office, Profile
from ent.directory.models import Delegation, Person, SchoolSettings
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.schools.enums import PeriodKind, SchoolKind, YearState
from ent.foundation.schools.models import School, SchoolYear, Term
from ent.identity.charter.actions import publish_charter
from ent.identity.charter.models import CharterAcceptance
from ent.identity.charter.queries import first_words
from ent.identity.contacts.models import ContactCheck

# Each demonstration school's correspondant ENT.
CORRESPONDENTS = {
    "0379901L": "marc-tessier",
    "0379902M": "marie-hamel",
    "0379903N": "benoit-chartier",
    "0379904P": "olivier-masson",
}
# How many in a hundred have activated their account, by family of profiles.
ACTIVATED = {STAFF_PROFILES: 94, LEARNER_PROFILES: 81, frozenset({Profile.GUARDIAN}): 67}
NOTICE = "Portes ouvertes samedi 5 décembre, de 9\u00a0h à 13\u00a0h\u00a0: les familles sont les bienvenues."


@act("demo.set_stage", _("Démonstration préparée"))
def set_stage(*, by: Actor) -> None:
    """Name the region's officer and the correspondants, lay out the terms, post a notice. Call inside EVERYTHING."""
    officer = Person(civility="Mme", first_name="Sylvie", last_name="Carré", email=OFFICER_MAIL)
    officer, _password = name_officer(officer, by=by)
    _let_in(officer)
    for uai, key in CORRESPONDENTS.items():
        person = find_person(key)
        school = School.objects.get(uai=uai)
        if person is not None:
            give_delegation(Delegation(person=person, office=Office.SCHOOL, school=school), by=by)
    for school in School.objects.filter(is_open=True):
        _lay_out_terms(school, by=by)
    lycee = School.objects.get(uai="0379902M")
    _activate()
    _agree(by=by)
    _check_contacts()
    until = timezone.localdate().replace(month=12, day=5)
    change_settings(SchoolSettings(school=lycee, notice=NOTICE, notice_until=until), by=by)
    record("demo.set_stage", by=by)


def _activate() -> None:
    """Most have been here since September: an administrator's figures and filters have something to show."""
    now = timezone.now()
    for profiles, share in ACTIVATED.items():
        Account.objects.annotate(rank=Mod("pk", 100)).filter(
            rank__lt=share, person__memberships__profile__in=profiles
        ).update(
            activated_at=now - timedelta(days=60),
            last_login=now - timedelta(hours=1) * Mod("pk", 300),  # type: ignore[operator]
        )


def _agree(*, by: Actor) -> None:
    """The charters are published, and whoever has been here since September has agreed to theirs."""
    for family in Family:
        charter = publish_charter(family, first_words(family), after=0, by=by)
        active = Account.objects.filter(
            activated_at__isnull=False, person__memberships__profile__in=FAMILY_PROFILES[family]
        )
        CharterAcceptance.objects.bulk_create(
            [CharterAcceptance(account=account, charter=charter) for account in active.distinct()], batch_size=2000
        )


def _check_contacts() -> None:
    """Whoever has been here since September has looked at their contact details then."""
    active = Account.objects.filter(activated_at__isnull=False, person__isnull=False)
    september = timezone.now() - timedelta(days=60)
    ContactCheck.objects.bulk_create(
        [ContactCheck(account=account, checked_at=september) for account in active], batch_size=2000
    )


def _let_in(officer: Person) -> None:
    # One enters a demonstration by a click: nobody is there to be handed a provisional password.
    Account.objects.filter(person=officer).update(must_change_password=False)


def _lay_out_terms(school: School, *, by: Actor) -> None:
    year = SchoolYear.objects.filter(school=school, state=YearState.CURRENT).first()
    if year is None or year.terms.exists():
        return
    first, second = year.starts.year, year.starts.year + 1
    semesters = school.kind in {SchoolKind.AGRICULTURAL, SchoolKind.CFA}
    cuts = [date(second, 1, 31)] if semesters else [date(first, 11, 30), date(second, 3, 7)]
    kind = PeriodKind.SEMESTER if semesters else PeriodKind.TRIMESTER
    starts = year.starts
    for number, ends in enumerate([*cuts, date(second, 7, 3)], start=1):
        term = Term(school=school, year=year, kind=kind, number=number, starts=starts, ends=ends)
        save_term(term, by=by)
        starts = date.fromordinal(ends.toordinal() + 1)
