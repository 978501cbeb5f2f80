"""Opening, locking and reopening accounts, giving them a provisional password.

An account may serve in several schools: `schools` are the ids of those whose journal tells the act.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.accounts.queries import free_identifier, password_version, provisional_password
from ent.foundation.audit.actions import record


@act("accounts.open_account", _("Compte ouvert"))
def open_account(first_name: str, last_name: str, *, by: Actor, schools: Iterable[int] = ()) -> tuple[Account, str]:
    """A new account and its provisional password, which is nowhere else: show it once."""
    password = provisional_password()
    account = Account(identifier=free_identifier(first_name, last_name), must_change_password=True)
    account.set_password(password)
    account.save()
    _tell("accounts.open_account", account, schools, by)
    return account, password


@act("accounts.lock_account", _("Compte bloqué"))
def lock_account(account: Account, *, reason: str, by: Actor, schools: Iterable[int] = ()) -> None:
    """Nobody signs in with it any more, and its sessions end now. One that is already locked is left as it is."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.locked_at:
        return
    account.locked_at, account.locked_reason = timezone.now(), reason[:200]
    account.save(update_fields=["locked_at", "locked_reason"])
    closed = _close_sessions(account)
    _tell("accounts.lock_account", account, schools, by, {"reason": reason, "closed": closed})


@act("accounts.unlock_account", _("Compte rouvert"))
def unlock_account(account: Account, *, by: Actor, schools: Iterable[int] = ()) -> None:
    """Its password is the same as before. One that is not locked is left as it is."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not account.locked_at:
        return
    account.locked_at, account.locked_reason = None, ""
    account.save(update_fields=["locked_at", "locked_reason"])
    _tell("accounts.unlock_account", account, schools, by)


@act("accounts.reset_password", _("Mot de passe réinitialisé"))
def reset_password(account: Account, *, version: str, by: Actor, schools: Iterable[int] = ()) -> str | None:
    """A provisional password, which is nowhere else: show it once. Every session ends; it changes at next sign-in.

    `version` names the password to replace (`password_version`): a form sent twice replaces it once, the second time
    gives None.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if password_version(account) != version:
        return None
    password = provisional_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    _tell("accounts.reset_password", account, schools, by, {"closed": _close_sessions(account)})
    return password


@act("accounts.choose_theme", _("Thème choisi"))
def choose_theme(account: Account, theme: str, *, by: Actor) -> None:
    """Light, dark, or nothing: as the device. Raises `Refused` for another."""
    if theme not in {"", "light", "dark"}:
        raise Refused(_now("Ce thème n’existe pas."))
    account.theme = theme
    account.save(update_fields=["theme"])
    record("accounts.choose_theme", account, by=by, details={"theme": theme})


def _close_sessions(account: Account) -> int:
    closed, _kinds = WebSession.objects.filter(account=account).delete()
    return closed


def _tell(
    action: str, account: Account, schools: Iterable[int], by: Actor, details: Mapping[str, Any] | None = None
) -> None:
    """One record in the journal of each school, or in the region's when there is none."""
    told: list[int | None] = [*schools] or [None]
    for school_id in told:
        record(action, account, by=by, school_id=school_id, details=details)
