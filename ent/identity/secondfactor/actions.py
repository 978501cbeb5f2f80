"""Setting up a second factor, proving oneself by it, losing it. Call all of it inside `scope.EVERYTHING`."""

import secrets
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused, TooMany
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.actions import record
from ent.foundation.notifications.actions import notify
from ent.identity.secondfactor.enums import Event, IdentityCheck, Kind
from ent.identity.secondfactor.models import FailedCode, RecoveryCode, SecondFactor, TrustedDevice
from ent.identity.secondfactor.notifications import SecondFactorChanged
from ent.identity.secondfactor.queries.factors import (
    TRUST,
    WINDOW,
    code_digest,
    must_have_factor,
    new_codes,
    new_secret,
    seconds_to_wait,
    step_of_code,
    token_digest,
)
from ent.identity.secondfactor.queries.keys import Checked, NewKey


@act("secondfactor.begin_application", _("Application de seconde preuve préparée"))
def begin_application(account: Account, *, by: Actor) -> SecondFactor:
    """The application being linked to this account, the same until its first code is given."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    waiting = SecondFactor.objects.filter(account=account, kind=Kind.APPLICATION, confirmed_at=None).first()
    if waiting is None:
        waiting = SecondFactor.objects.create(
            account=account, kind=Kind.APPLICATION, name=_now("Application"), secret=new_secret()
        )
        _tell("secondfactor.begin_application", account, by)
    return waiting


@act("secondfactor.add_application", _("Application de seconde preuve ajoutée"))
def add_application(factor: SecondFactor, code: str, *, by: Actor) -> bool:
    """Put the application in service by its first code. False for a wrong one; raises `TooMany` after too many."""
    factor = _locked(factor)
    _stop_if_too_many(factor.account)
    assert factor.secret is not None
    step = step_of_code(factor.secret, code, after=factor.last_step)
    if step is None:
        refuse_code(factor.account, by=by)
        return False
    factor.last_step, factor.confirmed_at = step, timezone.now()
    factor.save(update_fields=["last_step", "confirmed_at"])
    _added("secondfactor.add_application", factor, by)
    return True


@act("secondfactor.add_key", _("Clé d’accès ajoutée"))
def add_key(account: Account, key: NewKey, name: str, *, by: Actor) -> SecondFactor:
    """Keep a key that was made for this account. Raises `Refused` for one that is known already."""
    if SecondFactor.objects.filter(credential_id=key.credential_id).exists():
        raise Refused(_now("Cette clé d’accès est déjà enregistrée."))
    factor = SecondFactor.objects.create(
        account=account,
        kind=Kind.PASSKEY,
        name=name[:60] or _now("Clé d’accès"),
        secret=key.data,
        credential_id=key.credential_id,
        sign_count=key.count,
        confirmed_at=timezone.now(),
    )
    _added("secondfactor.add_key", factor, by)
    return factor


@act("secondfactor.rename_factor", _("Seconde preuve renommée"))
def rename_factor(factor: SecondFactor, name: str, *, by: Actor) -> None:
    factor.name = name[:60]
    factor.save(update_fields=["name"])
    _tell("secondfactor.rename_factor", factor.account, by)


@act("secondfactor.remove_factor", _("Seconde preuve retirée"))
def remove_factor(factor: SecondFactor, *, by: Actor) -> None:
    """Raises `Refused` for the last one of whoever must have one. With the last one go the codes and the trust."""
    account = Account.objects.select_for_update().get(pk=factor.account_id)
    others = SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exclude(pk=factor.pk)
    last = not others.exists()
    if last and must_have_factor(account):
        raise Refused(_now("C’est votre seule seconde preuve, et vous devez en avoir une : ajoutez d’abord l’autre."))
    factor.delete()
    if last:
        _forget_all(account)
    _tell("secondfactor.remove_factor", account, by)
    notify(SecondFactorChanged(account.pk, Event.REMOVED.value))


@act("secondfactor.make_codes", _("Codes de secours faits"))
def make_codes(account: Account, *, by: Actor) -> list[str]:
    """Ten new codes, which are nowhere else: show them once. The former ones serve no more."""
    renewed = RecoveryCode.objects.filter(account=account).delete()[0] > 0
    codes = new_codes()
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=code_digest(account, code)) for code in codes)
    _tell("secondfactor.make_codes", account, by)
    if renewed:
        notify(SecondFactorChanged(account.pk, Event.CODES.value))
    return codes


def check_code(account: Account, code: str, *, by: Actor) -> bool:
    """Whether this is the code that an application of the account shows, or one of its recovery codes; it then serves
    no more. Raises `TooMany` after five wrong ones in fifteen minutes, and looks at nothing."""
    account = Account.objects.select_for_update().get(pk=account.pk)  # two tries of one code wait for each other
    _stop_if_too_many(account)
    typed = "".join(code.split())
    if _is_shown(account, typed):
        return True
    if _is_recovery(account, typed):
        use_recovery_code(account, by=by)
        return True
    refuse_code(account, by=by)
    return False


def _is_shown(account: Account, code: str) -> bool:
    applications = SecondFactor.objects.filter(account=account, kind=Kind.APPLICATION, confirmed_at__isnull=False)
    for factor in applications:
        assert factor.secret is not None
        step = step_of_code(factor.secret, code, after=factor.last_step)
        if step is not None:
            factor.last_step, factor.last_used_at = step, timezone.now()
            factor.save(update_fields=["last_step", "last_used_at"])
            return True
    return False


def _is_recovery(account: Account, code: str) -> bool:
    rows = RecoveryCode.objects.filter(account=account, digest=code_digest(account, code), used_at=None)
    return rows.update(used_at=timezone.now()) == 1


@act("secondfactor.use_recovery_code", _("Code de secours utilisé"))
def use_recovery_code(account: Account, *, by: Actor) -> None:
    """Tell that one has served."""
    _tell("secondfactor.use_recovery_code", account, by)
    notify(SecondFactorChanged(account.pk, Event.CODE_USED.value))


@act("secondfactor.refuse_code", _("Seconde preuve refusée"))
def refuse_code(account: Account, *, by: Actor) -> None:
    """Count a wrong code or a refused key."""
    FailedCode.objects.create(account=account)
    _tell("secondfactor.refuse_code", account, by)


def check_key(checked: Checked, *, by: Actor) -> bool:
    """Whether the key may serve: not one whose number of uses goes back, which a copy would show (7.2, step 22)."""
    factor = _locked(checked.factor)
    _stop_if_too_many(factor.account)
    if checked.count <= factor.sign_count and (checked.count or factor.sign_count):
        refuse_code(factor.account, by=by)
        return False
    factor.sign_count, factor.last_used_at = checked.count, timezone.now()
    factor.save(update_fields=["sign_count", "last_used_at"])
    return True


@act("secondfactor.trust_device", _("Appareil de confiance ajouté"))
def trust_device(account: Account, name: str, *, by: Actor) -> str:
    """Ask this browser for no second proof during seven days. Returns the token that it keeps."""
    token = secrets.token_urlsafe(24)
    TrustedDevice.objects.create(
        account=account, digest=token_digest(account, token), name=name[:200], expires_at=timezone.now() + TRUST
    )
    _tell("secondfactor.trust_device", account, by, {"device": name})
    return token


@act("secondfactor.forget_devices", _("Appareils de confiance oubliés"))
def forget_devices(account: Account, *, by: Actor) -> int:
    """Ask the second proof everywhere again. Returns how many were trusted."""
    forgotten, _kinds = TrustedDevice.objects.filter(account=account).delete()
    _tell("secondfactor.forget_devices", account, by)
    return forgotten


@act("secondfactor.reset_factors", _("Seconde preuve remise à zéro"))
def reset_factors(
    account: Account, check: IdentityCheck, reason: str, *, by: Actor, schools: Iterable[int] = ()
) -> None:
    """Take every second factor off an account whose holder has lost theirs: `check` says how whoever does it made
    sure of who they are. Its sessions end; what must be set up is asked at the next sign-in."""
    SecondFactor.objects.filter(account=account).delete()
    _forget_all(account)
    WebSession.objects.filter(account=account).delete()
    details = {"check": check.value, "reason": reason}
    told = sorted({*schools, *schools_opened_by(account)})
    record("secondfactor.reset_factors", account, by=by, schools=told, details=details)
    notify(SecondFactorChanged(account.pk, Event.RESET.value))


@act("secondfactor.purge_past", _("Codes refusés et confiances passées oubliés"))
def purge_past(*, by: Actor) -> int:
    """Delete what counts no more: failures, devices, applications that nobody finished to link."""
    now = timezone.now()
    removed = FailedCode.objects.filter(at__lt=now - WINDOW).delete()[0]
    removed += TrustedDevice.objects.filter(expires_at__lt=now).delete()[0]
    removed += SecondFactor.objects.filter(Q(confirmed_at=None), created_at__lt=now - TRUST).delete()[0]
    record("secondfactor.purge_past", by=by, details={"removed": removed})
    return removed


def _locked(factor: SecondFactor) -> SecondFactor:
    return SecondFactor.objects.select_for_update(of=("self",)).select_related("account").get(pk=factor.pk)


def _stop_if_too_many(account: Account) -> None:
    wait = seconds_to_wait(account)
    if wait:
        minutes = -(-wait // 60)
        sentence = ngettext(
            "Trop d’essais à la suite. Réessayez dans %d\u00a0minute.",
            "Trop d’essais à la suite. Réessayez dans %d\u00a0minutes.",
            minutes,
        )
        raise TooMany(sentence % minutes, retry_after=wait)


def _added(action: str, factor: SecondFactor, by: Actor) -> None:
    _tell(action, factor.account, by, {"name": factor.name})
    notify(SecondFactorChanged(factor.account_id, Event.ADDED.value))


def _forget_all(account: Account) -> None:
    RecoveryCode.objects.filter(account=account).delete()
    TrustedDevice.objects.filter(account=account).delete()
    FailedCode.objects.filter(account=account).delete()


def _tell(action: str, account: Account, by: Actor, details: dict[str, Any] | None = None) -> None:
    """One record in the journal of each school that the account opens, or in the region's."""
    record(action, account, by=by, schools=schools_opened_by(account), details=details)
