"""What is shown of sessions, and where a request comes from."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope


@dataclass(frozen=True)
class OpenSession:
    """One browser. `reference` names it in a form without giving its key away."""

    reference: str
    device: str
    since: datetime
    seen_at: datetime
    current: bool


def open_sessions(account: Account, *, current: str | None) -> list[OpenSession]:
    """The account's live sessions, the present one first, then the latest used."""
    rows = WebSession.objects.filter(account=account, expire_date__gt=timezone.now()).order_by("-seen_at")
    sessions = [OpenSession(r.reference, r.device, r.created_at, r.seen_at, r.session_key == current) for r in rows]
    return sorted(sessions, key=lambda session: not session.current)


METHODS = {
    "password": _("Mot de passe"),
    "passkey": _("Clé d’accès"),
    "link": _("Lien reçu par courriel"),
    "saml": _("Autre service"),
    "oidc": _("Autre service"),
    "demo": _("Démonstration"),
}
RECENT = 10


@dataclass(frozen=True)
class PastSignIn:
    """When the account was opened, and by what."""

    at: datetime
    method: str


def past_sign_ins(account: Account) -> list[PastSignIn]:
    """The last ten, as the journal has them: read across all schools, for the account's own holder."""
    with scope.use(scope.EVERYTHING):
        rows = Record.objects.filter(
            target_type=account._meta.label_lower, target_id=str(account.pk), action="signin.open_session"
        ).order_by("-id")[:RECENT]
        return [PastSignIn(row.at, str(METHODS.get(row.details.get("method", ""), ""))) for row in rows]


IPV6_SITE = 64


def address_of(request: HttpRequest) -> str:
    """The IPv4 address of whoever asks, or their IPv6 network (a site has a whole one); empty where it is unknown.

    Behind a proxy it is the last of `X-Forwarded-For`, the only one that the proxy wrote itself.
    """
    source = "HTTP_X_FORWARDED_FOR" if settings.BEHIND_PROXY else "REMOTE_ADDR"
    given = request.META.get(source, "").rpartition(",")[2]
    try:
        address = ip_address(given.strip())
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, IPV6_SITE), strict=False))
