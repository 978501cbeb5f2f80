"""The identities that open an account."""

from ent.foundation.accounts.models import Account
from ent.identity.federation.models import ExternalIdentity, IdentityProvider
from ent.identity.federation.queries.providers import open_providers


def identities_of(account: Account) -> list[ExternalIdentity]:
    """The account's, in its own scope."""
    return list(ExternalIdentity.objects.filter(account=account).select_related("provider").order_by("linked_at"))


def providers_to_link(account: Account) -> list[IdentityProvider]:
    taken = {identity.provider_id for identity in identities_of(account)}
    return [provider for provider in open_providers() if provider.pk not in taken]


def can_go_without(identity: ExternalIdentity) -> bool:
    """Whether the account still opens otherwise: nobody locks themselves out."""
    account = identity.account
    others = ExternalIdentity.objects.filter(account=account, provider__is_open=True).exclude(pk=identity.pk)
    return account.has_usable_password() or others.exists()
