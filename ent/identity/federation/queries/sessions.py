"""By what a session of ours is found again when the provider that opened it ends its own."""

from collections.abc import Iterable

from django.http import HttpRequest

from ent.core import crypto
from ent.identity.federation.enums import Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries import oidc, saml
from ent.identity.federation.queries.flow import Arrival
from ent.identity.signin.queries.entrances import Departure


def session_key(provider: IdentityProvider, name: str, index: str) -> bytes:
    return crypto.fingerprint(f"{provider.pk}|{name}|{index}", purpose=b"external session")


def session_keys(provider: IdentityProvider, name: str, indexes: Iterable[str]) -> list[bytes]:
    """Of the sessions that a logout request names; without an index, of the one that had none."""
    return [session_key(provider, name, index) for index in [*indexes] or [""]]


def origin_of(provider: IdentityProvider, arrival: Arrival) -> dict[str, str]:
    """What a session keeps of the one it comes from."""
    name = arrival.session if provider.protocol == Protocol.SAML else arrival.index
    index = arrival.index if provider.protocol == Protocol.SAML else ""
    key = session_key(provider, name, index).hex() if name else ""
    return {"provider": provider.slug, "session": arrival.session, "index": arrival.index, "key": key}


def departure_of(request: HttpRequest) -> Departure | None:
    """Where whoever signs out here should sign out too. Call inside `scope.EVERYTHING`."""
    origin = request.session.get("origin")
    if not origin:
        return None
    provider = IdentityProvider.objects.filter(slug=origin["provider"]).first()
    if provider is None:
        return None
    if provider.protocol == Protocol.SAML:
        url = saml.leave_for_good(provider, name=origin["session"], index=origin["index"])
    else:
        url = oidc.end_session_url(provider, origin["session"])
    url = url or provider.logout_url
    return Departure(provider.name, url) if url else None
