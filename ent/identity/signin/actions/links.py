"""Links sent by mail: asked for, sent, used once; and the address that using one proves."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import TooMany
from ent.core.jobs import enqueue
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.schools import scope
from ent.identity.signin.models import AskedLink, LinkRequest, MailedLink, ProvenAddress
from ent.identity.signin.queries.addresses import address_key
from ent.identity.signin.queries.entrances import purposes
from ent.identity.signin.queries.links import asked_keys, is_good, token_of

KEEP = timedelta(days=30)
ASKED_WINDOW = timedelta(hours=1)
MOST_ASKED = 5
# A whole school may stand behind one address.
MOST_ASKED_ADDRESS = 60


def ask_link(purpose: str, typed: str, *, address: str) -> None:
    """Keep what somebody typed to be sent a link. A job answers: nothing here tells whether anybody is found.

    `address` is where they come from, empty where it is unknown. Raises `TooMany` after five for the same words, or
    sixty from one address, within an hour, whoever exists.
    """
    with scope.use(scope.EVERYTHING):
        count_asked(typed, address)
        request = LinkRequest.objects.create(purpose=purpose, typed=typed[:300])
        enqueue("signin.answer_request", request=request.pk)


def count_asked(typed: str, address: str) -> None:
    """Raises `TooMany` as `ask_link` says. Call inside `scope.EVERYTHING`."""
    since = timezone.now() - ASKED_WINDOW
    recent = AskedLink.objects.filter(at__gt=since)
    typed_key, address_key = asked_keys(typed, address)
    many = recent.filter(typed_key=typed_key).count() >= MOST_ASKED
    if address_key is not None:
        many = many or recent.filter(address_key=address_key).count() >= MOST_ASKED_ADDRESS
    if many:
        raise TooMany(_now("Plusieurs demandes viennent d’être faites. Réessayez dans une heure."), retry_after=3600)
    AskedLink.objects.create(typed_key=typed_key, address_key=address_key)


@act("signin.mail_link", _("Lien envoyé par courriel"))
def mail_link(account: Account, address: str, purpose: str, *, by: Actor, school_id: int | None = None) -> MailedLink:
    """A link for the holder of `account`, sent to `address` once this is committed. Those of the same purpose that it
    had are over."""
    now = timezone.now()
    with scope.use(scope.EVERYTHING):
        MailedLink.objects.filter(account=account, purpose=purpose, used_at=None, expires_at__gt=now).update(
            expires_at=now
        )
        link = MailedLink.objects.create(
            account=account,
            purpose=purpose,
            address=address,
            nonce=secrets.token_bytes(16),
            expires_at=now + purposes[purpose].valid_for,
        )
        enqueue("signin.send_link", link=link.pk)
    record("signin.mail_link", account, by=by, school_id=school_id, details={"purpose": purpose})
    return link


@act("signin.use_link", _("Lien de courriel utilisé"))
def use_link(link: MailedLink, *, by: Actor) -> bool:
    """Use a link, which proves its address. False where it has served meanwhile, or is over. Inside EVERYTHING."""
    link = MailedLink.objects.select_for_update(of=("self",)).select_related("account").get(pk=link.pk)
    if not is_good(link):
        return False
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    _keep_address(link.account, link.address)
    record("signin.use_link", link.account, by=by, details={"purpose": link.purpose})
    return True


def _keep_address(account: Account, address: str) -> None:
    values = {"address": address, "key": address_key(address), "proven_at": timezone.now()}
    ProvenAddress.objects.update_or_create(account=account, defaults=values)


def send_link(link_id: int) -> None:
    """Post a link, unless it has served, is over, or was replaced. Raises what the mail server raises."""
    with scope.use(scope.EVERYTHING):
        link = MailedLink.objects.select_related("account").get(pk=link_id)
        if not is_good(link):
            return
        message = _mail(link)
    message.send()


def _mail(link: MailedLink) -> EmailMessage:
    purpose = purposes[link.purpose]
    facts = {
        "link": settings.PUBLIC_URL + reverse(purpose.url_name, args=[token_of(link)]),
        "account": link.account,
        "until": link.expires_at,
        "site": settings.PUBLIC_URL,
    }
    # Plain text: an apostrophe stays an apostrophe.
    text = str(get_template(purpose.mail).template.render(Context(facts, autoescape=False)))  # type: ignore[attr-defined]
    title, _newline, body = text.strip().partition("\n")
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(title.strip(), body.strip() + "\n", to=[link.address], headers=headers)


def answer_request(request_id: int, *, by: Actor) -> None:
    """Mail a link to each account that the request finds, then forget the request."""
    with scope.use(scope.EVERYTHING):
        request = LinkRequest.objects.select_for_update().filter(pk=request_id).first()
        if request is None:
            return
        for account, address in purposes[request.purpose].holders(request.typed):
            mail_link(account, address, request.purpose, by=by)
        request.delete()


@act("signin.purge_links", _("Liens de courriel passés effacés"))
def purge_links(*, by: Actor) -> int:
    """Delete the links that were over a month ago: until then, an old one says what it was. Inside EVERYTHING."""
    removed, _kinds = MailedLink.objects.filter(expires_at__lt=timezone.now() - KEEP).delete()
    AskedLink.objects.filter(at__lt=timezone.now() - ASKED_WINDOW).delete()
    record("signin.purge_links", by=by, details={"removed": removed})
    return removed
