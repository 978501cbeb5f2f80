"""What looking at one's contact details adds to signing in: asked once a year of those whom the school calls."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.core.templatetags.ent import french_date
from ent.foundation.accounts.models import Account
from ent.identity.contacts.queries import check_of, must_check
from ent.identity.signin.queries.entrances import Gate, Protection, gates, protections


def waits(request: HttpRequest, account: Account) -> bool:
    """A demonstration is entered by a click, by anybody: nobody confirms for somebody else."""
    return request.session.get("method") != "demo" and must_check(account)


@protections.register("contacts")
def lines(account: Account) -> Iterator[Protection]:
    check = check_of(account)
    said = _("Vérifiées le %s") % french_date(check.checked_at) if check else _("À vérifier")
    yield Protection(_("Mes coordonnées"), said, "telephone", reverse("contacts:check"), is_set=check is not None)


gates.register("contacts")(Gate(order=40, url_name="contacts:check", stands=waits))
