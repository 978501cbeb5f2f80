"""Coming back in: a new password by the link of a mail, or with the help of the school."""

from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.jobs import enqueue
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import forget_failures, make_own
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.actions import record
from ent.foundation.notifications.actions import notify
from ent.foundation.schools import scope
from ent.identity.firststeps.actions import take_step
from ent.identity.firststeps.enums import GIVE_ADDRESS
from ent.identity.recovery.notifications import PupilAsksHelp
from ent.identity.recovery.queries.holders import helpers_of
from ent.identity.signin.actions.links import count_asked, use_link
from ent.identity.signin.models import LinkRequest, MailedLink
from ent.identity.signin.notifications import PasswordChosen

HELP = "recovery.help"


@act("recovery.recover_password", _("Mot de passe retrouvé par courriel"))
def recover_password(link: MailedLink, password: str, *, by: Actor) -> bool:
    """Give the account of this link a password of its own, and end every session. False where the link is over.

    Call inside `scope.EVERYTHING`.
    """
    if not use_link(link, by=by):
        return False
    account = Account.objects.select_for_update().get(pk=link.account_id)
    make_own(account, password)
    forget_failures(account)
    closed, _kinds = WebSession.objects.filter(account=account).delete()
    schools = schools_opened_by(account)
    record("recovery.recover_password", account, by=by, schools=schools, details={"closed": closed})
    take_step(account, GIVE_ADDRESS, by=by)
    notify(PasswordChosen(account.pk, "mail"))
    return True


def ask_help(identifier: str, *, address: str) -> None:
    """Keep that a learner asks their school for help. A job answers: nothing here tells whether anybody is found.

    Raises `TooMany` as `ask_link` does.
    """
    with scope.use(scope.EVERYTHING):
        count_asked(identifier, address)
        request = LinkRequest.objects.create(purpose=HELP, typed=identifier[:300])
        enqueue("recovery.answer_help", request=request.pk)


@act("recovery.tell_helpers", _("Élève sans mot de passe signalé à l’établissement"))
def tell_helpers(request: LinkRequest, *, by: Actor) -> None:
    """Tell those who can give this learner a new password, then forget the request. Inside `scope.EVERYTHING`."""
    person, accounts = helpers_of(request.typed)
    request.delete()
    if person is None or person.account is None:
        return
    notify(PupilAsksHelp(person.pk, tuple(accounts)))
    for school_id in schools_opened_by(person.account):
        record("recovery.tell_helpers", person.account, by=by, school_id=school_id)
