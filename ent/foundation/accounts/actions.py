"""Opening, locking and reopening accounts, giving them a provisional password, checking the one that is typed.

An account may serve in several schools: `schools` are the ids of those whose journal tells the act.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused, TooMany
from ent.foundation.accounts.models import Account, FailedPassword, WebSession
from ent.foundation.accounts.queries import (
    Attempt,
    account_key,
    attempt_on,
    failures_of_account,
    failures_of_address,
    failures_since,
    free_identifier,
    password_version,
    provisional_password,
    wait_before,
)
from ent.foundation.audit.actions import record

ATTEMPTS_LOCK = 0xA77E


@act("accounts.open_account", _("Compte ouvert"))
def open_account(
    first_name: str, last_name: str, *, by: Actor, schools: Iterable[int] = (), until: datetime | None = None
) -> tuple[Account, str]:
    """A new account and its provisional password, which is nowhere else: show it once. It opens nothing after `until`
    (by default, `PROVISIONAL_DAYS` from now)."""
    password = provisional_password()
    account = Account(identifier=free_identifier(first_name, last_name))
    _hand_out(account, password, until=until)
    account.save()
    record("accounts.open_account", account, by=by, schools=schools)
    return account, password


@act("accounts.lock_account", _("Compte bloqué"))
def lock_account(
    account: Account, *, reason: str, by: Actor, schools: Iterable[int] = (), until: datetime | None = None
) -> None:
    """Nobody signs in with it any more, or before `until`, and its sessions end now. One that is already locked is
    left as it is."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not account.is_active:
        return
    account.locked_at, account.locked_reason, account.locked_until = timezone.now(), reason[:200], until
    account.save(update_fields=["locked_at", "locked_reason", "locked_until"])
    closed = _close_sessions(account)
    record("accounts.lock_account", account, by=by, schools=schools, details={"reason": reason, "closed": closed})


@act("accounts.unlock_account", _("Compte rouvert"))
def unlock_account(account: Account, *, by: Actor, schools: Iterable[int] = ()) -> None:
    """Its password is the same as before. One that is not locked is left as it is."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not account.locked_at:
        return
    account.locked_at, account.locked_reason, account.locked_until = None, "", None
    account.save(update_fields=["locked_at", "locked_reason", "locked_until"])
    record("accounts.unlock_account", account, by=by, schools=schools)


@act("accounts.reset_password", _("Mot de passe réinitialisé"))
def reset_password(
    account: Account, *, version: str, by: Actor, schools: Iterable[int] = (), until: datetime | None = None
) -> str | None:
    """A provisional password, which is nowhere else: show it once. Every session ends; it changes at next sign-in,
    and opens nothing after `until` (by default, `PROVISIONAL_DAYS` from now).

    `version` names the password to replace (`password_version`): a form sent twice replaces it once, the second time
    gives None.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if password_version(account) != version:
        return None
    password = provisional_password()
    _hand_out(account, password, until=until)
    account.save(update_fields=["password", "must_change_password", "provisional_until"])
    forget_failures(account)
    record("accounts.reset_password", account, by=by, schools=schools, details={"closed": _close_sessions(account)})
    return password


@transaction.atomic
def check_password(
    identifier: str,
    password: str,
    *,
    address: str,
    by: Actor,
    schools: Callable[[Account], Iterable[int]],
    browser: str = "",
) -> Account | None:
    """The account of this pair, unless it is locked; None for a wrong pair, after the same work whoever it names.
    `schools` gives those of an account, asked for a failure only.

    After some failures for the account, known or not, one waits, longer each time; after too many, or too many for
    the address, until they are old: raises `TooMany` and looks at nothing. `browser` names one in which the account
    was opened before, which counts apart. A success forgets the failures counted with it.
    """
    attempt = attempt_on(identifier, address, browser)
    _one_at_a_time(attempt)
    wait = wait_before(attempt)
    if wait:
        raise TooMany(_please_wait(wait), retry_after=wait)
    if _is_right(attempt.account, password):
        FailedPassword.objects.filter(account_key=attempt.account_key).delete()
        return attempt.account
    refuse_password(attempt, by=by, schools=schools(attempt.account) if attempt.account else ())
    return None


def _please_wait(seconds: int) -> str:
    if seconds < 60:
        return _now("Attendez %d\u00a0secondes avant de réessayer.") % seconds
    minutes = -(-seconds // 60)
    sentence = ngettext(
        "Trop d’essais à la suite. Réessayez dans %d\u00a0minute.",
        "Trop d’essais à la suite. Réessayez dans %d\u00a0minutes.",
        minutes,
    )
    return sentence % minutes


def _one_at_a_time(attempt: Attempt) -> None:
    """Two attempts on one account wait for each other, or both would pass as the last that is allowed."""
    with connection.cursor() as cursor:
        key = int.from_bytes(attempt.account_key[:4], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ATTEMPTS_LOCK, key])


def _hand_out(account: Account, password: str, until: datetime | None = None) -> None:
    account.set_password(password)
    account.must_change_password = True
    account.provisional_until = until or timezone.now() + timedelta(days=settings.PROVISIONAL_DAYS)


def _is_right(account: Account | None, password: str) -> bool:
    if account is None:
        Account().set_password(password)  # the same time as a check
        return False
    return account.check_password(password) and account.is_active


def make_own(account: Account, password: str | None) -> None:
    """Its holder is known: this password is theirs (None: they have none), what was provisional is over."""
    account.set_password(password)
    account.must_change_password, account.provisional_until = False, None
    account.activated_at = account.activated_at or timezone.now()
    account.save(update_fields=["password", "must_change_password", "provisional_until", "activated_at"])


def forget_failures(account: Account) -> None:
    """Whoever has just proved that the account is theirs starts afresh."""
    FailedPassword.objects.filter(account_key=account_key(account.identifier)).delete()


@act("accounts.refuse_password", _("Mot de passe refusé"))
def refuse_password(attempt: Attempt, *, by: Actor, schools: Iterable[int] = ()) -> None:
    """Count a failure. The journal tells each one of an account, and once that an address must wait; of a name that
    is nobody's, nothing: whoever invents names would fill it."""
    FailedPassword.objects.create(account_key=attempt.account_key, address_key=attempt.address_key, at=timezone.now())
    if attempt.account:
        failures = failures_of_account(attempt)
        record("accounts.refuse_password", attempt.account, by=by, schools=schools, details={"failures": failures})
    if attempt.address_key and failures_of_address(attempt) == settings.PASSWORD_FAILURES_ADDRESS:
        pause_address(by=by)


@act("accounts.pause_address", _("Adresse mise en attente après trop de mots de passe refusés"))
def pause_address(*, by: Actor) -> None:
    """Tell that an address has come to its limit. Which one, only the balancer's own log says: the journal is kept."""
    record("accounts.pause_address", by=by, details={"failures": settings.PASSWORD_FAILURES_ADDRESS})


@act("accounts.purge_failures", _("Mots de passe refusés oubliés"))
def purge_failures(*, by: Actor) -> int:
    """Delete the failures that count no more. Returns how many."""
    removed, _kinds = FailedPassword.objects.filter(at__lte=failures_since()).delete()
    record("accounts.purge_failures", by=by, details={"removed": removed})
    return removed


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
