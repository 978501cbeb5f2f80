"""Upkeep of what signing in leaves behind, and the mails of its links."""

from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.jobs import Backoff, job
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import purge_failures, unlock_account
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.signin.actions import links
from ent.identity.signin.actions.devices import purge_devices
from ent.identity.signin.actions.sessions import end_stays, purge_sessions


@job(name="signin.reopen_accounts", every="2 * * * *")
def reopen_accounts() -> None:
    """Each hour: reopen the accounts whose suspension is over; they open by themselves meanwhile."""
    with scope.use(scope.EVERYTHING):
        for account in Account.objects.filter(locked_until__lte=timezone.now()):
            unlock_account(account, by=SYSTEM, schools=schools_opened_by(account))


@job(name="signin.purge_sessions", every="17 3 * * *")
def purge() -> None:
    """Each night: forget the sessions that have expired."""
    purge_sessions(by=SYSTEM)


@job(name="signin.purge_failures", every="27 3 * * *")
def forget_failures() -> None:
    """Each night: forget the wrong passwords that count no more."""
    purge_failures(by=SYSTEM)


@job(name="signin.purge_links", every="37 3 * * *")
def forget_links() -> None:
    """Each night: forget the links that were over long ago, and the devices long unused."""
    with scope.use(scope.EVERYTHING):
        links.purge_links(by=SYSTEM)
        purge_devices(by=SYSTEM)


@job(name="signin.send_link", retry=Backoff())
def send_link(link: int) -> None:
    """Post one link. A server that refuses is tried again until the link is over; the same link twice is harmless."""
    links.send_link(link)


@job(name="signin.answer_request", retry=Backoff())
def answer_request(request: int) -> None:
    """Answer somebody who asked for a link."""
    links.answer_request(request, by=SYSTEM)


@job(name="signin.end_long_stays", every="32 * * * *")
def end_long_stays() -> None:
    with scope.use(scope.EVERYTHING):
        end_stays(by=SYSTEM)
