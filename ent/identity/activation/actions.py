"""Handing out the first access: sheets for learners, links for guardians; and the account that comes to life."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.directory.models import Division
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import forget_failures, make_own, reset_password
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.audit.actions import record
from ent.foundation.schools.models import School
from ent.identity.activation.queries.following import accounts_to_remind
from ent.identity.activation.queries.handing import Addressee, Sheet, sheets_version
from ent.identity.firststeps.actions import take_step
from ent.identity.firststeps.enums import GIVE_ADDRESS
from ent.identity.signin.actions.links import mail_link, use_link
from ent.identity.signin.models import MailedLink

ACTIVATION = "activation"
# Each password takes its time to hash: a request must not last minutes.
MOST_SHEETS = 200


@act("activation.issue_sheets", _("Fiches d’activation éditées"))
def issue_sheets(
    school: School, find: Callable[[], list[Addressee]], *, whom: str, version: str, until: datetime, by: Actor
) -> list[Sheet]:
    """A new provisional password for each of those found: what was handed out to them before opens nothing more, and
    their sessions end. `whom` names them in the journal; `version`, the passwords to replace (`sheets_version`).
    Raises `Refused` where they have changed meanwhile, as when the form is sent twice, where there is nobody, and
    above `MOST_SHEETS`.
    """
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    to = find()
    if sheets_version(to) != version:
        raise Refused(_now("Ces fiches viennent d’être éditées. Rouvrez la page avant d’en faire de nouvelles."))
    if not to:
        raise Refused(_now("Personne n’attend de fiche."))
    if len(to) > MOST_SHEETS:
        raise Refused(_now("Pas plus de %d fiches à la fois. Choisissez moins de classes.") % MOST_SHEETS)
    sheets = []
    for one in to:
        assert one.person.account is not None
        now = password_version(one.person.account)
        password = reset_password(one.person.account, version=now, by=by, schools=[school.pk], until=until)
        assert password is not None
        sheets.append(Sheet(one, password))
    record("activation.issue_sheets", school, by=by, school_id=school.pk, details={"whom": whom, "sheets": len(sheets)})
    return sheets


@act("activation.ask_reminders", _("Responsables relancés"))
def ask_reminders(divisions: Iterable[Division], school_id: int, *, by: Actor) -> int:
    """Mail a link, by a job, to each guardian around these divisions who has not activated their account and has an
    address. Returns how many."""
    divisions = list(divisions)
    accounts = accounts_to_remind(divisions)
    enqueue("activation.send_links", accounts=[account.pk for account, _address in accounts], school=school_id)
    details = {"divisions": [division.label for division in divisions], "accounts": len(accounts)}
    record("activation.ask_reminders", by=by, school_id=school_id, details=details)
    return len(accounts)


@act("activation.record_follow_up", _("Suivi de l’activation emporté"))
def record_follow_up(school: School, *, by: Actor) -> None:
    """Somebody has taken away the list of who has activated their account."""
    record("activation.record_follow_up", school, by=by, school_id=school.pk)


def send_links(accounts: Iterable[tuple[Account, str]], school_id: int, *, by: Actor) -> None:
    """One link each, unless the account was activated meanwhile. Call inside `scope.EVERYTHING`."""
    for account, address in accounts:
        mail_link(account, address, ACTIVATION, by=by, school_id=school_id)


@act("activation.activate_account", _("Compte activé"))
def activate_account(link: MailedLink, password: str, *, by: Actor) -> bool:
    """The account of this link comes to life with this password. False where the link is over. Inside EVERYTHING."""
    if not use_link(link, by=by):
        return False
    account = Account.objects.select_for_update().get(pk=link.account_id)
    make_own(account, password)
    forget_failures(account)
    take_step(account, GIVE_ADDRESS, by=by)
    record("activation.activate_account", account, by=by, schools=schools_opened_by(account))
    return True
