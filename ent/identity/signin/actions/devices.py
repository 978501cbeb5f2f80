"""Browsers that an account has been opened in: a new one is told to its holder."""

import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.notifications.actions import notify
from ent.foundation.schools import scope
from ent.identity.signin.actions.sessions import device_of
from ent.identity.signin.models import KnownDevice
from ent.identity.signin.notifications import NewDevice
from ent.identity.signin.queries.devices import COOKIE, KEEP, device_digest


def recognise(request: HttpRequest, account: Account, *, by: Actor) -> None:
    """Note that the account was opened in this browser; the first time, its holder is told, save for their very first
    one. The browser receives its token with the answer (`request.device_token`)."""
    token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(24)
    request.device_token = token  # type: ignore[attr-defined]
    digest = device_digest(account, token)
    with scope.use(scope.EVERYTHING):
        if not KnownDevice.objects.filter(account=account, digest=digest).update(last_at=timezone.now()):
            know_device(account, digest, device_of(request), by=by)


@act("signin.know_device", _("Connexion depuis un nouvel appareil"))
def know_device(account: Account, digest: bytes, name: str, *, by: Actor) -> None:
    """Keep a browser that was not known. Call inside `scope.EVERYTHING`."""
    is_first = not KnownDevice.objects.filter(account=account).exists()
    device = KnownDevice.objects.create(account=account, digest=digest, name=name)
    record("signin.know_device", account, by=by, schools=schools_opened_by(account), details={"device": name})
    if not is_first:
        notify(NewDevice(device.pk))


@act("signin.purge_devices", _("Appareils anciens oubliés"))
def purge_devices(*, by: Actor) -> int:
    """Forget the browsers that have not been used for a year. Call inside `scope.EVERYTHING`."""
    removed, _kinds = KnownDevice.objects.filter(last_at__lt=timezone.now() - KEEP - timedelta(days=1)).delete()
    record("signin.purge_devices", by=by, details={"removed": removed})
    return removed
