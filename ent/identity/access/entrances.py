"""Why somebody who is known is not let in."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.identity.access.queries.closures import why_closed
from ent.identity.signin.queries.entrances import KeptOut, kept_out


@kept_out.register("access")
def closures(account: Account) -> Iterator[KeptOut]:
    for closed in why_closed(account):
        if closed.is_opening:
            yield KeptOut(_("%s n’est pas encore ouvert pour vous") % closed.school, _until(closed.until), "clock")
        else:
            label = _("%s a suspendu votre accès") % closed.school
            yield KeptOut(label, _until(closed.until) or _("L’établissement vous dira quand il rouvre."), "lock")


def _until(day: str) -> str:
    return _("Revenez le %s.") % day if day else ""
