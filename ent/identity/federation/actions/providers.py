"""Registering providers, reading their metadata again, and changing our keys before them."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.certificates import new_keys
from ent.core.errors import Refused
from ent.foundation.audit.actions import record
from ent.identity.federation.enums import KeyState
from ent.identity.federation.models import IdentityProvider, ServiceKey
from ent.identity.federation.queries.providers import check_address, check_metadata
from ent.identity.federation.queries.remote import Unreachable, fetch

KEY_LASTS = timedelta(days=5 * 365)
TOLD = ("name", "protocol", "audience", "families", "matching", "academies", "metadata_url", "client_id", "is_open")


@act("federation.save_provider", _("Fournisseur d’identité enregistré"))
def save_provider(provider: IdentityProvider, *, by: Actor) -> None:
    """Without metadata, they are read at their address. Raises `ValidationError` with French sentences: what is
    kept can be used as it is."""
    provider.full_clean(exclude=["client_secret"])
    if not provider.metadata:
        provider.metadata, provider.refreshed_at = _read_metadata(provider), timezone.now()
    check_metadata(provider)
    for url in (provider.metadata_url, provider.logout_url):
        check_address(url, optional=True)
    provider.save()
    _make_first_key()
    record("federation.save_provider", provider, by=by, details={name: getattr(provider, name) for name in TOLD})


@act("federation.switch_provider", _("Fournisseur d’identité ouvert ou fermé"))
def switch_provider(provider: IdentityProvider, *, is_open: bool, by: Actor) -> None:
    """Closed, nobody comes in by it any more; the sessions that it has opened go on."""
    provider.is_open = is_open
    provider.save(update_fields=["is_open"])
    record("federation.switch_provider", provider, by=by, details={"is_open": is_open})


@act("federation.refresh_provider", _("Métadonnées d’un fournisseur relues"))
def refresh_provider(provider: IdentityProvider, *, by: Actor) -> bool:
    """Read the provider's metadata again at their address. Those that cannot be used change nothing: the last good
    ones go on, and the problem is told. Returns whether they were good."""
    before, provider.metadata = provider.metadata, ""
    try:
        provider.metadata = _read_metadata(provider)
        check_metadata(provider)
        provider.refreshed_at, provider.refresh_problem = timezone.now(), ""
    except ValidationError as problem:
        provider.metadata, provider.refresh_problem = before, " ".join(problem.messages)[:300]
    provider.save(update_fields=["metadata", "refreshed_at", "refresh_problem"])
    record(
        "federation.refresh_provider",
        provider,
        by=by,
        details={"changed": provider.metadata != before, "problem": provider.refresh_problem},
    )
    return not provider.refresh_problem


@act("federation.prepare_key", _("Clé du service préparée"))
def prepare_key(*, by: Actor) -> None:
    """A key to come, published beside the one in service until the providers know it. Call inside EVERYTHING."""
    if ServiceKey.objects.filter(state=KeyState.NEXT).exists():
        raise Refused(_now("Une clé attend déjà. Mettez-la en service d’abord."))
    _make_key(KeyState.NEXT)
    record("federation.prepare_key", by=by)


@act("federation.change_key", _("Clé du service changée"))
def change_key(*, by: Actor) -> None:
    """The key to come signs from now on; the one before it still opens what is encrypted for it, until the next change.
    Call inside EVERYTHING."""
    coming = ServiceKey.objects.select_for_update().filter(state=KeyState.NEXT).first()
    if coming is None:
        raise Refused(_now("Aucune clé n’attend. Préparez-en une, puis laissez aux fournisseurs le temps de la lire."))
    ServiceKey.objects.filter(state=KeyState.OLD).delete()
    ServiceKey.objects.filter(state=KeyState.CURRENT).update(state=KeyState.OLD)
    coming.state = KeyState.CURRENT
    coming.save(update_fields=["state"])
    record("federation.change_key", by=by)


def _read_metadata(provider: IdentityProvider) -> str:
    try:
        return fetch(check_address(provider.metadata_url)).decode("utf-8")
    except (Unreachable, UnicodeDecodeError) as problem:
        raise ValidationError(_now("L’adresse des métadonnées ne répond pas, ou pas comme il faut.")) from problem


def _make_first_key() -> None:
    if not ServiceKey.objects.filter(state=KeyState.CURRENT).exists():
        _make_key(KeyState.CURRENT)


def _make_key(state: KeyState) -> None:
    keys = new_keys("Mon ENT Touraine", lasts=KEY_LASTS)
    ServiceKey.objects.create(state=state, private=keys.private, certificate=keys.certificate)
