"""How a browser is known again."""

from datetime import timedelta

from ent.core import crypto
from ent.foundation.accounts.models import Account

COOKIE = "ent_appareil"
KEEP = timedelta(days=365)


def device_digest(account: Account, token: str) -> bytes:
    """The token of one browser gives nothing in common for two people."""
    return crypto.fingerprint(f"{account.pk} {token}", purpose=b"known device")
