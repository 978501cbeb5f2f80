"""The personal address by which somebody comes back in."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.notifications.actions import notify
from ent.foundation.schools import scope
from ent.identity.firststeps.actions import take_step
from ent.identity.firststeps.enums import GIVE_ADDRESS
from ent.identity.recovery.models import AddressAsked
from ent.identity.recovery.notifications import AddressKept
from ent.identity.signin.actions.links import count_asked, mail_link, use_link
from ent.identity.signin.models import MailedLink

# The purpose of its link.
ADDRESS = "address"


@act("recovery.ask_address", _("Adresse de récupération donnée, à vérifier"))
def ask_address(account: Account, address: str, *, by: Actor) -> None:
    """Mail a link there: the address counts once it is opened. Raises `TooMany` where it was asked too often."""
    with scope.use(scope.EVERYTHING):
        # A sign that no form lets through: nobody else counts against them.
        count_asked(f"{ADDRESS}\0{account.pk}", "")
        mail_link(account, address, ADDRESS, by=by)
        _asked_now(account)
    record("recovery.ask_address", account, by=by)


@act("recovery.put_off_address", _("Adresse de récupération remise à plus tard"))
def put_off_address(account: Account, *, by: Actor) -> None:
    """Asked again in a month."""
    _asked_now(account)
    record("recovery.put_off_address", account, by=by)


def _asked_now(account: Account) -> None:
    AddressAsked.objects.update_or_create(account=account, defaults={"at": timezone.now()})


@act("recovery.keep_address", _("Adresse de récupération vérifiée"))
def keep_address(link: MailedLink, *, by: Actor) -> bool:
    """The address of this link is the holder's, in the place of the one they had, and they are told by the address
    that their school knows. False where the link is over. Inside `scope.EVERYTHING`."""
    if not use_link(link, by=by):
        return False
    record("recovery.keep_address", link.account, by=by, schools=schools_opened_by(link.account))
    take_step(link.account, GIVE_ADDRESS, by=by)
    notify(AddressKept(link.account_id))
    return True
