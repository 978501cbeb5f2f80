"""What an arrival from a provider changes: an identity linked, an account activated, sessions that end."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core import crypto
from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import lock_account, make_own
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.actions import record
from ent.identity.federation.models import ExternalIdentity, IdentityProvider, SpentOnce


def spend(proof: str, *, until: datetime) -> bool:
    """Note that a proof has served; False where it already had. Call inside `scope.EVERYTHING`."""
    key = crypto.fingerprint(proof, purpose=b"spent once")
    try:
        with transaction.atomic():
            SpentOnce.objects.create(key=key, until=until)
    except IntegrityError:
        return False
    return True


@act("federation.purge_spent", _("Preuves déjà servies oubliées"))
def purge_spent(*, by: Actor) -> int:
    """Forget the proofs that are too old to be taken again. Returns how many."""
    removed, _kinds = SpentOnce.objects.filter(until__lt=timezone.now()).delete()
    record("federation.purge_spent", by=by, details={"removed": removed})
    return removed


def use_identity(provider: IdentityProvider, key: bytes, account: Account, *, by: Actor) -> None:
    """The identity has opened the account: linked if it was not, and its hour noted. Without a key it is never linked,
    but found anew each time."""
    if key and not ExternalIdentity.objects.filter(provider=provider, key=key, account=account).update(
        used_at=timezone.now()
    ):
        link_identity(provider, key, account, by=by)


@act("federation.link_identity", _("Identité externe reliée"))
def link_identity(provider: IdentityProvider, key: bytes, account: Account, *, by: Actor) -> None:
    """From now on this identity opens this account. Raises `Refused` where it opens another."""
    row, is_new = ExternalIdentity.objects.get_or_create(
        provider=provider, key=key, defaults={"account": account, "used_at": timezone.now()}
    )
    if not is_new and row.account_id != account.pk:
        raise Refused(_now("Cette identité ouvre déjà un autre compte. Si les deux sont à vous, réunissez-les."))
    if is_new:
        _tell("federation.link_identity", provider, account, by)


def follow_account(kept: Account, gone: Account) -> None:
    """Two accounts become one: whatever opened the other opens it. Call inside `scope.EVERYTHING`."""
    ExternalIdentity.objects.filter(account=gone).update(account=kept)


@act("federation.unlink_identity", _("Identité externe détachée"))
def unlink_identity(identity: ExternalIdentity, *, by: Actor) -> None:
    """It opens the account no more, unless the directory still says that it is the same person's."""
    provider, account = identity.provider, identity.account
    identity.delete()
    _tell("federation.unlink_identity", provider, account, by)


@act("federation.activate_account", _("Compte activé par un fournisseur d’identité"))
def activate_account(account: Account, provider: IdentityProvider, *, by: Actor) -> None:
    """The provider has told who they are: a provisional password on a sheet of paper opens nothing any more."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.must_change_password:
        make_own(account, None)
    else:
        account.activated_at = account.activated_at or timezone.now()
        account.save(update_fields=["activated_at"])
    _tell("federation.activate_account", provider, account, by)


@act("federation.refuse_arrival", _("Personne venue d’ailleurs sans compte ici"))
def refuse_arrival(provider: IdentityProvider, reason: str, *, reference: str, by: Actor) -> None:
    """A provider has told who they are, and nobody here is. The reference finds this again; nothing here names them."""
    details = {"provider": provider.slug, "reason": reason, "reference": reference}
    record("federation.refuse_arrival", provider, by=by, details=details)


@act("federation.refuse_answer", _("Réponse d’un fournisseur d’identité refusée"))
def refuse_answer(provider: IdentityProvider, code: str, *, reference: str, by: Actor) -> None:
    """What a provider's answer said could not be relied on."""
    details = {"provider": provider.slug, "code": code, "reference": reference}
    record("federation.refuse_answer", provider, by=by, details=details)


@act("federation.report_account", _("Compte signalé comme celui d’un autre"))
def report_account(account: Account, provider: IdentityProvider, *, by: Actor) -> None:
    """Whoever the provider leads to it says that it is not theirs: locked until the school has looked."""
    lock_account(
        account,
        reason=_now("Signalé depuis %s comme celui d’une autre personne.") % provider.name,
        by=by,
        schools=schools_opened_by(account),
    )
    _tell("federation.report_account", provider, account, by)


@act("federation.close_sessions", _("Sessions fermées par un fournisseur d’identité"))
def close_sessions_from(provider: IdentityProvider, keys: list[bytes], *, by: Actor) -> int:
    """Sessions of the provider have ended, or all those of somebody: so do those that they opened here. How many."""
    rows = WebSession.objects.filter(Q(origin__in=keys) | Q(origin_holder__in=keys))
    accounts = list(Account.objects.filter(web_sessions__in=rows).distinct())
    closed, _kinds = rows.delete()
    for account in accounts:
        _tell("federation.close_sessions", provider, account, by)
    if not accounts:
        record("federation.close_sessions", provider, by=by, details={"closed": closed})
    return closed


def _tell(action: str, provider: IdentityProvider, account: Account, by: Actor) -> None:
    record(action, account, by=by, schools=schools_opened_by(account), details={"provider": provider.slug})
