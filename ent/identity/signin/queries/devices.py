"""How a browser is known again."""

from datetime import timedelta

from django.http import HttpRequest

from ent.core import crypto
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.signin.models import KnownDevice

COOKIE = "ent_appareil"
KEEP = timedelta(days=365)


def device_digest(account: Account, token: str) -> bytes:
    """The token of one browser gives nothing in common for two people."""
    return crypto.fingerprint(f"{account.pk} {token}", purpose=b"known device")


def own_browser(request: HttpRequest, identifier: str) -> str:
    """What names this browser, if the account of that identifier has been opened in it; else nothing, in as many
    statements."""
    token = request.COOKIES.get(COOKIE, "")
    if not token:
        return ""
    with scope.use(scope.EVERYTHING):
        account = Account.objects.filter(identifier__iexact=identifier.strip()).first() or Account(pk=0)
        digest = device_digest(account, token)
        return digest.hex() if KnownDevice.objects.filter(account_id=account.pk, digest=digest).exists() else ""
