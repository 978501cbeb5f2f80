"""What coming in from elsewhere adds to signing in: its cards, its sign-out, its lines of the security page."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.directory.queries.merging import followers
from ent.foundation.accounts.models import Account
from ent.identity.federation.actions.arriving import follow_account
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.own import identities_of
from ent.identity.federation.queries.providers import open_providers
from ent.identity.federation.queries.sessions import departure_of
from ent.identity.signin.queries.entrances import (
    Departure,
    Protection,
    Way,
    departures,
    other_proofs,
    proofs,
    protections,
    ways,
)


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
            yield _departure(identity.provider, "preuve", next_page)


@other_proofs.register("federation")
def another(next_page: str) -> Iterator[Departure]:
    """Every open provider: one proves there that the account it opens is one's own too."""
    for provider in open_providers():
        yield _departure(provider, "reunion", next_page)


def _departure(provider: IdentityProvider, purpose: str, next_page: str) -> Departure:
    query = urlencode({"pour": purpose, "next": next_page}, safe="/")
    return Departure(provider.name, f"{reverse('federation:leave', args=[provider.slug])}?{query}")


departures.register("federation")(departure_of)
followers.register("federation")(follow_account)
