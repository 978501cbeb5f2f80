"""Upkeep of the providers: metadata read again each night, proofs that served forgotten."""

from ent.core.actors import SYSTEM
from ent.core.jobs import job
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import purge_spent
from ent.identity.federation.actions.providers import refresh_provider
from ent.identity.federation.models import IdentityProvider


@job(name="federation.refresh_providers", every="47 3 * * *")
def refresh_providers() -> None:
    """Each night: read again the metadata that have an address."""
    with scope.use(scope.EVERYTHING):
        for provider in IdentityProvider.objects.exclude(metadata_url=""):
            refresh_provider(provider, by=SYSTEM)


@job(name="federation.purge_spent", every="7 * * * *")
def forget_spent() -> None:
    """Each hour: forget the proofs that would be refused as too old."""
    with scope.use(scope.EVERYTHING):
        purge_spent(by=SYSTEM)
