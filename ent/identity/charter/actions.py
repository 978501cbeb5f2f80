"""Publishing a charter, and agreeing to it."""

from django.db.models import Max
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.enums import Family
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.identity.charter.models import Charter, CharterAcceptance


@act("charter.publish_charter", _("Charte publiée"))
def publish_charter(family: Family, text: str, *, after: int, by: Actor) -> Charter:
    """The next version, which everyone of the family is asked to agree to when they next sign in. `after` is the
    version that it follows: raises `Refused` where another was published meanwhile, and for the same text."""
    last = Charter.objects.filter(family=family).order_by("-version").first()
    version = Charter.objects.filter(family=family).aggregate(last=Max("version"))["last"] or 0
    if version != after:
        raise Refused(_now("Une autre version vient d’être publiée. Relisez-la avant d’en publier une nouvelle."))
    if last is not None and last.text == text:
        raise Refused(_now("Ce texte est celui de la version en vigueur\u00a0: il n’y a rien à publier."))
    charter = Charter.objects.create(family=family, version=version + 1, text=text)
    record("charter.publish_charter", charter, by=by, details={"family": family, "version": charter.version})
    return charter


@act("charter.accept_charter", _("Charte acceptée"))
def accept_charter(account: Account, charter: Charter, *, by: Actor) -> None:
    """Agreed to; twice is once. Call inside `scope.EVERYTHING`."""
    _row, is_new = CharterAcceptance.objects.get_or_create(account=account, charter=charter)
    if is_new:
        details = {"family": charter.family, "version": charter.version}
        record("charter.accept_charter", account, by=by, schools=schools_opened_by(account), details=details)
