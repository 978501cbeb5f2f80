"""What the charter adds to signing in: asked once the account is safe, before any other page."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.identity.charter.queries import accepted_by, to_accept
from ent.identity.signin.queries.entrances import Gate, Protection, gates, protections


def waits(request: HttpRequest, account: Account) -> bool:
    """A demonstration is entered by a click, by anybody: nobody agrees for somebody else."""
    return request.session.get("method") != "demo" and bool(to_accept(account))


@protections.register("charter")
def lines(account: Account) -> Iterator[Protection]:
    acceptances = accepted_by(account)
    if acceptances:
        charter = acceptances[0].charter
        precision = _("Version %d") % charter.version
        yield Protection(_("Charte de l’ENT"), precision, "file-earmark-text", reverse("charter:accepted"))


gates.register("charter")(Gate(order=30, url_name="charter:accept", stands=waits))
