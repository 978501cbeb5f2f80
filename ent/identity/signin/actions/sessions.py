"""Opening and closing web sessions."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.foundation.accounts.actions import make_own
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.actions import record
from ent.identity.signin.queries.staying import accounts_that_may_not

BACKEND = "ent.foundation.accounts.backends.AccountBackend"


def actor_of(account: Account, label: str = "") -> Actor:
    return Actor(label=label or account.identifier, account_id=account.pk)


@act("signin.open_session", _("Connexion"))
def open_session(
    request: HttpRequest, account: Account, *, by: Actor, method: str, origin: Mapping[str, str] | None = None
) -> None:
    """Sign `account` in, under a new session key (no fixation). `method` is the proof that was given; `origin` the
    session of a provider that it comes from, as `federation` tells it."""
    request.session.flush()
    login(request, account, backend=BACKEND)
    request.session["device"] = device_of(request)
    request.session["method"] = method
    if origin:
        request.session["origin"] = dict(origin)
    came_by = {"provider": origin["provider"]} if origin else {}
    record("signin.open_session", account, by=by, details={"method": method} | came_by)


@act("signin.stay_signed_in", _("Appareil gardé connecté"))
def stay_signed_in(request: HttpRequest, account: Account, days: int, *, by: Actor) -> None:
    """This browser stays signed in until that many days from now, used or not; 0: no longer than any other."""
    request.session["stays"] = days > 0
    request.session.set_expiry(timezone.now() + timedelta(days=days) if days else None)
    record("signin.stay_signed_in", account, by=by, details={"days": days})


@act("signin.end_stays", _("Appareils gardés connectés, fermés"))
def end_stays(*, by: Actor) -> int:
    """Whoever has begun to work in a school since does not stay signed in. Returns how many sessions are closed.
    Inside `scope.EVERYTHING`."""
    # Well beyond any ordinary session, even one that opens while this runs.
    usual = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE, hours=1)
    long = WebSession.objects.filter(expire_date__gt=usual, account__in=accounts_that_may_not())
    closed, _kinds = long.delete()
    if closed:
        record("signin.end_stays", by=by, details={"closed": closed})
    return closed


@act("signin.end_session", _("Déconnexion"))
def end_session(request: HttpRequest, *, by: Actor) -> None:
    """Sign out of this browser."""
    if request.user.is_authenticated:
        record("signin.end_session", request.user, by=by)
    logout(request)


@act("signin.close_sessions", _("Sessions fermées"))
def close_sessions(account: Account, *, by: Actor, only: str = "", keep: str | None = None) -> int:
    """Close the account's session whose public reference is `only`, or all but `keep` (a session key); how many."""
    rows = WebSession.objects.filter(account=account).exclude(session_key=keep)
    if only:
        rows = rows.filter(pk__in=[row.pk for row in rows if row.reference == only])
    closed, _kinds = rows.delete()
    record("signin.close_sessions", account, by=by, details={"closed": closed})
    return closed


@act("signin.change_password", _("Mot de passe changé"))
def change_password(request: HttpRequest, account: Account, password: str, *, by: Actor) -> None:
    """Give the signed-in account a password of its own: it is activated, and every other session ends."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    make_own(account, password)
    WebSession.objects.filter(account=account).exclude(session_key=request.session.session_key).delete()
    update_session_auth_hash(request, account)
    record("signin.change_password", account, by=by)


@act("signin.purge_sessions", _("Sessions expirées effacées"))
def purge_sessions(*, by: Actor) -> int:
    """Delete sessions that expired more than a day ago."""
    removed, _kinds = WebSession.objects.filter(expire_date__lt=timezone.now() - timedelta(days=1)).delete()
    record("signin.purge_sessions", by=by, details={"removed": removed})
    return removed


def device_of(request: HttpRequest) -> str:
    """« Firefox, Android »: enough to recognise one's own device, no more."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in agent), "Navigateur")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser}, {system}" if system else browser


BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
