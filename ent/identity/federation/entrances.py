"""What coming in from elsewhere adds to signing in: its cards, its sign-out, its lines of the security page."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.identity.federation.queries.own import identities_of
from ent.identity.federation.queries.providers import open_providers
from ent.identity.federation.queries.sessions import departure_of
from ent.identity.signin.queries.entrances import Protection, Way, departures, protections, ways


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


departures.register("federation")(departure_of)
