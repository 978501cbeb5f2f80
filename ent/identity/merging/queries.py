"""The second account that a signed-in person has proved to be theirs, for the few minutes of merging."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.directory.models import Person
from ent.directory.queries.merging import obstacle
from ent.foundation.accounts.models import Account
from ent.identity.signin.queries.entrances import is_guarded

PROVED_S = 10 * 60
PASSWORD = "password"  # noqa: S105 — the name of a proof


@dataclass(frozen=True, slots=True)
class Proved:
    """The person of the other account, and by what it was proved: its password, or a provider, by its slug."""

    person: Person
    proof: str


def keep_proved(request: HttpRequest, account: Account, *, proof: str) -> None:
    """Remember that this browser has just proved to be of the holder of `account`."""
    version, at = account.get_session_auth_hash(), timezone.now().timestamp()
    request.session["merging"] = {"account": account.pk, "version": version, "at": at, "proof": proof}


def proved_other(request: HttpRequest) -> Proved | None:
    """What was proved of another account, unless it is too long ago or the account has changed since.

    Call inside `scope.EVERYTHING`.
    """
    kept = request.session.get("merging")
    if not kept or timezone.now().timestamp() - kept["at"] > PROVED_S:
        return None
    account = Account.objects.filter(pk=kept["account"]).first()
    if account is None or not account.is_active or account.get_session_auth_hash() != kept["version"]:
        return None
    person = Person.objects.select_related("account").filter(account=account).first()
    return Proved(person, kept["proof"]) if person else None


def forget_proved(request: HttpRequest) -> None:
    request.session.pop("merging", None)


def why_not(person: Person, account: Account) -> str:
    """Why `account` cannot be joined to the account of `person`, in a French sentence. Inside `scope.EVERYTHING`."""
    other = Person.objects.filter(account=account).first()
    if other is None:
        return _("Ce compte n’est plus celui de personne.")
    if not account.is_active:
        return _("Ce compte est bloqué. L’établissement peut dire pourquoi, et l’ouvrir.")
    if is_guarded(account):
        # A first proof alone does not prove it; signed in to it, one gives its second.
        return _("Ce compte a une seconde preuve. Connectez-vous avec lui, puis réunissez-lui celui-ci.")
    return obstacle(person, other)
