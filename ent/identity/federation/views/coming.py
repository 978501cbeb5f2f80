"""Leaving for a provider, and coming back from it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from ent.core.actors import UNKNOWN
from ent.core.errors import SignInRequired
from ent.core.pages import Request, endpoint, page, safe_next, see_other
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import (
    activate_account,
    link_identity,
    refuse_answer,
    refuse_arrival,
    spend,
    use_identity,
)
from ent.identity.federation.enums import Protocol, Purpose
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries import oidc, saml
from ent.identity.federation.queries.flow import (
    Arrival,
    Way,
    arrival_of,
    forget_arrival,
    is_for_somebody_signed_in,
    keep_arrival,
    keep_way,
    new_id,
    seal,
    way_of,
)
from ent.identity.federation.queries.matching import find_accounts, identity_key
from ent.identity.federation.queries.proofs import ProofRefused, Told
from ent.identity.federation.queries.providers import open_provider
from ent.identity.federation.queries.sessions import origin_of
from ent.identity.signin.actions.entering import let_in
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.queries.entering import prove_again, require_fresh_proof
from ent.identity.signin.queries.entrances import proved_others

CHOICE, NOBODY = "arrival_choice", "arrival_nobody"
# A cookie holds 4096 bytes, sealed: a longer id_token is not kept, and its provider not told of the sign-out.
MOST_OF_A_COOKIE = 1800
PURPOSES = {"": Purpose.ENTER, "lien": Purpose.LINK, "preuve": Purpose.CONFIRM, "reunion": Purpose.MERGE}


@endpoint("GET", public=True)
def leave(request: Request, slug: str) -> HttpResponse:
    """Send the browser to the provider. `pour=lien` links it to who is signed in, `pour=preuve` proves them again,
    `pour=reunion` proves that another account is theirs too."""
    provider = _open(slug)
    if request.get_host() != urlsplit(settings.PUBLIC_URL).netloc:
        # The provider answers to our public address: the cookies of this way must be there.
        return redirect(settings.PUBLIC_URL + request.get_full_path())
    purpose = PURPOSES.get(request.GET.get("pour", ""), Purpose.ENTER)
    if is_for_somebody_signed_in(purpose) and request.viewer is None:
        raise SignInRequired
    if purpose in {Purpose.LINK, Purpose.MERGE}:
        require_fresh_proof(request)
    try:
        way, url = _way(request, provider, purpose)
    except ValidationError:
        return _refused(request, provider, ProofRefused("settings"))
    response = redirect(url)
    keep_way(request, response, way)
    return response


def _way(request: Request, provider: IdentityProvider, purpose: str) -> tuple[Way, str]:
    account = request.viewer.account.pk if request.viewer and is_for_somebody_signed_in(purpose) else 0
    # Somebody else may have left a session open there.
    id, next_page, again = new_id(), safe_next(request, ""), purpose in {Purpose.CONFIRM, Purpose.MERGE}
    if provider.protocol == Protocol.OIDC:
        nonce, verifier = oidc.new_secret(), oidc.new_secret()
        way = Way(id, provider.slug, purpose, next_page, nonce=nonce, verifier=verifier, account=account)
        return way, oidc.leave(provider, state=id, nonce=nonce, verifier=verifier, again=again)
    with scope.use(scope.EVERYTHING):
        departure = saml.leave(provider, relay=id, again=again)
    return Way(id, provider.slug, purpose, next_page, departure.request_id, account=account), departure.url


@csrf_exempt  # a provider's form: the way's own cookie and the request it answers stand for the token
@endpoint("GET", "POST", public=True, database=False)
def answer(request: Request, slug: str) -> HttpResponse:
    """What the provider says: SAML by POST, OpenID Connect by GET. It is checked here; `arrive` acts on it."""
    return _by_post(request, slug) if request.method == "POST" else _by_get(request, slug)


def _by_post(request: Request, slug: str) -> HttpResponse:
    """SAML: the answer holds all that there is to know."""
    with request.unit(read_only=False), scope.use(scope.EVERYTHING):
        provider = _open(slug)
        way = way_of(request, request.POST.get("RelayState", ""), slug)
        if way is None or provider.protocol != Protocol.SAML:
            return _lost(request, provider)
        try:
            told = saml.read_answer(provider, request.POST.get("SAMLResponse", ""), request_id=way.request_id)
            return _believed(request, provider, way, told)
        except (ProofRefused, ValidationError) as problem:
            return _not_believed(request, provider, problem)


def _by_get(request: Request, slug: str) -> HttpResponse:
    """OpenID Connect: the provider is asked for more, with no transaction open meanwhile."""
    with request.unit(read_only=True):
        provider = _open(slug)
        way = way_of(request, request.GET.get("state", ""), slug)
        if way is None or provider.protocol != Protocol.OIDC:
            return _lost(request, provider)
    refusal: ProofRefused | ValidationError
    try:
        told = oidc.read_answer(provider, request.GET.dict(), nonce=way.nonce, verifier=way.verifier)
        with request.unit(read_only=False), scope.use(scope.EVERYTHING):
            return _believed(request, provider, way, told)
    except (ProofRefused, ValidationError) as problem:
        refusal = problem
    with request.unit(read_only=False), scope.use(scope.EVERYTHING):
        return _not_believed(request, provider, refusal)


def _believed(request: Request, provider: IdentityProvider, way: Way, told: Told) -> HttpResponse:
    if not spend(f"{provider.pk}|{told.proof}", until=told.until):
        raise ProofRefused("used")
    response = see_other("federation:arrive")
    keep_arrival(request, response, _arrival(provider, way, told))
    return response


def _not_believed(request: Request, provider: IdentityProvider, problem: Exception) -> HttpResponse:
    refusal = problem if isinstance(problem, ProofRefused) else ProofRefused("settings")
    refuse_answer(provider, refusal.code, reference=request.reference, by=UNKNOWN)
    return _refused(request, provider, refusal)


def _arrival(provider: IdentityProvider, way: Way, told: Told) -> Arrival:
    found = find_accounts(provider, told.identity)
    subject = told.identity.subject
    return Arrival(
        id=way.id,
        provider=provider.slug,
        purpose=way.purpose,
        next_page=way.next_page,
        key=identity_key(provider, subject).hex() if subject else "",
        accounts=tuple(account.pk for account in found.accounts),
        name=told.identity.full_name[:80],
        method=provider.protocol,
        reason=found.reason,
        left_as=way.account,
        holder=told.holder,
        index=told.index,
        hint=told.hint if len(told.hint) < MOST_OF_A_COOKIE else "",
    )


@endpoint("GET", public=True, writes=True)
def arrive(request: Request) -> HttpResponse:
    """Act on what the provider has told, once: this page has the browser's own cookies, which its POST did not."""
    arrival = arrival_of(request)
    provider = open_provider(arrival.provider) if arrival else None
    if arrival is None or provider is None:
        return _start_again(request)
    with scope.use(scope.EVERYTHING):
        is_first = spend(f"arrival|{arrival.id}", until=timezone.now() + timedelta(hours=1))
        response = ACTS[arrival.purpose](request, provider, arrival) if is_first else _start_again(request)
    forget_arrival(response)
    return response


def _enter(request: Request, provider: IdentityProvider, arrival: Arrival) -> HttpResponse:
    if len(arrival.accounts) == 1:
        account = Account.objects.get(pk=arrival.accounts[0])
        return see_other(come_in(request, provider, arrival, account))
    if arrival.accounts:
        request.session[CHOICE] = seal(arrival)
        return see_other("federation:choose")
    refuse_arrival(provider, arrival.reason, reference=request.reference.upper(), by=UNKNOWN)
    request.session[NOBODY] = {
        "provider": provider.slug,
        "name": arrival.name,
        "reason": arrival.reason,
        "reference": request.reference.upper(),
    }
    return see_other("federation:nobody")


def come_in(
    request: Request, provider: IdentityProvider, arrival: Arrival, account: Account, *, remember: bool = True
) -> str:
    """Let in whoever the provider has named. Returns where to go. Call inside `scope.EVERYTHING`."""
    by = actor_of(account)
    if account.is_active:
        use_identity(provider, bytes.fromhex(arrival.key) if remember else b"", account, by=by)
        if not account.activated_at or account.must_change_password:
            activate_account(account, provider, by=by)
            account.refresh_from_db()
    origin = origin_of(provider, arrival)
    return let_in(request, account, method=arrival.method, by=by, next_page=arrival.next_page, origin=origin)


def _link(request: Request, provider: IdentityProvider, arrival: Arrival) -> HttpResponse:
    """Both are proved: who is signed in, and who the provider says has come."""
    if request.viewer is None or request.viewer.account.pk != arrival.left_as:
        return _start_again(request)
    if not arrival.key or not set(arrival.accounts) <= {request.viewer.account.pk}:
        messages.error(request, _("Cette identité est celle d’un autre compte\u00a0: elle n’a pas été reliée."))
        return see_other("federation:linked")
    link_identity(provider, bytes.fromhex(arrival.key), request.viewer.account, by=request.viewer.actor)
    messages.success(request, _("%s ouvre désormais ce compte.") % provider.name)
    return see_other("federation:linked")


def _confirm(request: Request, provider: IdentityProvider, arrival: Arrival) -> HttpResponse:
    if request.viewer is None or request.viewer.account.pk != arrival.left_as:
        return _start_again(request)
    if arrival.left_as in arrival.accounts:
        prove_again(request)
        return see_other(arrival.next_page or reverse("portal:home"))
    messages.error(request, _("%s a reconnu quelqu’un d’autre.") % provider.name)
    return see_other("portal:home")


def _prove_other(request: Request, provider: IdentityProvider, arrival: Arrival) -> HttpResponse:
    """Both are proved: who is signed in, and the holder of the one other account that the provider opens."""
    if request.viewer is None or request.viewer.account.pk != arrival.left_as:
        return _start_again(request)
    others = [pk for pk in arrival.accounts if pk != arrival.left_as] or arrival.accounts
    if len(others) == 1:
        account = Account.objects.get(pk=others[0])
        [receive] = proved_others
        return see_other(receive(request, account, provider.slug))
    if others:
        sentence = _("%s mène à plusieurs autres comptes. Entrez d’abord avec l’un d’eux, puis réunissez-lui celui-ci.")
    else:
        sentence = _("%s vous a reconnu, mais ne mène à aucun compte ici.")
    messages.error(request, sentence % provider.name)
    return see_other(arrival.next_page or "portal:home")


ACTS: dict[str, Callable[[Request, IdentityProvider, Arrival], HttpResponse]] = {
    Purpose.ENTER: _enter,
    Purpose.LINK: _link,
    Purpose.CONFIRM: _confirm,
    Purpose.MERGE: _prove_other,
}


def _open(slug: str) -> IdentityProvider:
    provider = open_provider(slug)
    if provider is None:
        raise Http404
    return provider


def _lost(request: Request, provider: IdentityProvider) -> HttpResponse:
    """A second tab has finished the same way, or nobody has left from here."""
    return see_other("portal:home") if request.viewer else _refused(request, provider, ProofRefused("lost"))


def _start_again(request: Request) -> HttpResponse:
    if not request.viewer:
        messages.warning(request, _("Cette connexion a déjà servi, ou elle a trop attendu. Recommencez."))
    return see_other("portal:home" if request.viewer else "signin:sign_in")


def _refused(request: Request, provider: IdentityProvider, refusal: ProofRefused) -> HttpResponse:
    context = {
        "title": _("Vous n’êtes pas entré"),
        "sentence": refusal.sentence(provider.name),
        "provider": provider,
        "reference": request.reference.upper(),
    }
    return page(request, "federation/refused.html", context, status=422)
