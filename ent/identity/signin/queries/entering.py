"""Who is on the way in: a first proof given, a further one awaited. And how fresh a signed-in person's proof is."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from ent.foundation.accounts.models import Account

ENTERING_S = 10 * 60
FRESH_S = 10 * 60


class ProofRequired(Exception):
    """The act is sensitive, and who is signed in has not proved it for a while: they do, then come back."""


@dataclass(frozen=True, slots=True)
class Entering:
    """Somebody who has given a first proof."""

    account: Account
    method: str
    next_page: str
    # The session of a provider that they come from.
    origin: dict[str, str] | None = None
    # « C’est mon appareil ».
    stays: bool = False


def keep_entering(
    request: HttpRequest,
    account: Account,
    *,
    method: str,
    next_page: str,
    origin: Mapping[str, str] | None = None,
    stays: bool = False,
) -> None:
    """Remember who is on the way, under a session key of their own (no fixation): nothing is open yet."""
    request.session.flush()
    request.session["entering"] = {
        "account": account.pk,
        "version": account.get_session_auth_hash(),
        "method": method,
        "next": next_page,
        "origin": dict(origin) if origin else None,
        "stays": stays,
        "at": timezone.now().timestamp(),
    }


def entering_of(request: HttpRequest) -> Entering | None:
    """Who is on the way in this browser, unless it has lasted too long or their account has changed meanwhile."""
    kept = request.session.get("entering")
    if not kept or timezone.now().timestamp() - kept["at"] > ENTERING_S:
        return None
    account = Account.objects.filter(pk=kept["account"]).first()
    if account is None or not account.is_active or account.get_session_auth_hash() != kept["version"]:
        return None
    return Entering(account, kept["method"], kept["next"], kept["origin"], kept["stays"])


def forget_entering(request: HttpRequest) -> None:
    request.session.pop("entering", None)


def require_fresh_proof(request: HttpRequest) -> None:
    """Raises `ProofRequired` unless who is signed in has proved who they are in the last minutes."""
    if timezone.now().timestamp() - request.session.get("proved_at", 0) > FRESH_S:
        raise ProofRequired


def prove_again(request: HttpRequest) -> None:
    """Note that who is signed in has just proved it."""
    request.session["proved_at"] = timezone.now().timestamp()
