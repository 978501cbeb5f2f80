"""By what a session of ours is found again when the provider that opened it ends its own."""

from collections.abc import Iterable

from django.http import HttpRequest

from ent.core import crypto
from ent.identity.federation.enums import Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries import oidc, saml_logout
from ent.identity.federation.queries.flow import Arrival
from ent.identity.signin.queries.entrances import Departure


def session_keys(provider: IdentityProvider, holder: str, indexes: Iterable[str]) -> list[bytes]:
    """Of the sessions that the provider names; of all those of their holder where it names none."""
    # A `sid` is of one session and may come alone; a SessionIndex may be that of several people.
    beside = holder if provider.protocol == Protocol.SAML else ""
    return [_key(provider, beside, index) for index in indexes if index] or [_key(provider, holder, "")]


def _key(provider: IdentityProvider, holder: str, index: str) -> bytes:
    return crypto.fingerprint(f"{provider.pk}|{holder}|{index}", purpose=b"external session")


def origin_of(provider: IdentityProvider, arrival: Arrival) -> dict[str, str]:
    """What a session keeps of the one it comes from; `key` and `holder` are columns of `WebSession`."""
    kept = {"provider": provider.slug, "name": arrival.holder, "index": arrival.index, "hint": arrival.hint}
    if not arrival.holder:
        return kept
    [key] = session_keys(provider, arrival.holder, [arrival.index])
    return kept | {"key": key.hex(), "holder": _key(provider, arrival.holder, "").hex()}


def departure_of(request: HttpRequest) -> Departure | None:
    """Where whoever signs out here should sign out too. Call inside `scope.EVERYTHING`."""
    origin = request.session.get("origin")
    if not origin:
        return None
    provider = IdentityProvider.objects.filter(slug=origin["provider"]).first()
    if provider is None:
        return None
    if provider.protocol == Protocol.SAML:
        asked = saml_logout.leave_for_good(provider, name=origin["name"], index=origin["index"])
        if asked:
            return asked
    url = oidc.end_session_url(provider, origin["hint"]) if provider.protocol == Protocol.OIDC else ""
    return Departure(provider.name, url or provider.logout_url) if url or provider.logout_url else None
