"""What coming in from elsewhere adds to signing in: its cards, its sign-out, its lines of the security page."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.identity.federation.queries.own import identities_of
from ent.identity.federation.queries.providers import open_providers
from ent.identity.federation.queries.sessions import departure_of
from ent.identity.signin.queries.entrances import Departure, Protection, Way, departures, proofs, protections, ways


@ways.register("federation")
def cards() -> Iterator[Way]:
    for provider in open_providers():
        url = reverse("federation:leave", args=[provider.slug])
        yield Way(provider.slug, provider.audience, _("Avec %s") % provider.name, url)  # type: ignore[arg-type]


@protections.register("federation")
def lines(account: Account) -> Iterator[Protection]:
    identities = identities_of(account)
    names = ", ".join(identity.provider.name for identity in identities) or _("Aucun autre moyen d’entrer")
    yield Protection(_("Identités reliées"), names, "link-45deg", reverse("federation:linked"), is_set=bool(identities))


@proofs.register("federation")
def again(account: Account, next_page: str) -> Iterator[Departure]:
    """One's own providers, which are asked for a fresh proof; `next_page` is where one was going."""
    for identity in identities_of(account):
        if identity.provider.is_open:
            query = urlencode({"pour": "preuve", "next": next_page}, safe="/")
            url = reverse("federation:leave", args=[identity.provider.slug])
            yield Departure(identity.provider.name, f"{url}?{query}")


departures.register("federation")(departure_of)
