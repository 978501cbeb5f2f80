"""Finding accounts by an e-mail address that was proved."""

from django.db.models import QuerySet

from ent.core import crypto
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.signin.models import ProvenAddress


def address_key(address: str) -> bytes:
    """What an address is found again by, whatever its case."""
    return crypto.fingerprint(address.strip().lower(), purpose=b"proven address")


def accounts_proven_at(address: str) -> QuerySet[Account]:
    """The accounts whose holders have proved this address. Call inside `scope.EVERYTHING`."""
    return Account.objects.filter(proven_address__key=address_key(address)).order_by("pk")


def identifier_of(typed: str) -> str:
    """The identifier of the one account whose holder has proved this address; else what was typed, as it is."""
    if "@" not in typed:
        return typed
    with scope.use(scope.EVERYTHING):
        found = list(accounts_proven_at(typed)[:2])
    return found[0].identifier if len(found) == 1 else typed


def proven_address_of(account: Account) -> ProvenAddress | None:
    """The account's proven address: in its own scope, or inside `scope.EVERYTHING`."""
    return ProvenAddress.objects.filter(account=account).first()
