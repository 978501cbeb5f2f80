"""Signing in and out, and one's open sessions."""

from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.core.actors import UNKNOWN
from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, let_form_leave, page, safe_next, see_other
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import check_password
from ent.foundation.accounts.models import Account
from ent.foundation.notifications.actions import notify
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.signin.actions.entering import let_in
from ent.identity.signin.actions.sessions import actor_of, close_sessions, end_session, stay_signed_in
from ent.identity.signin.actions.sessions import change_password as change
from ent.identity.signin.forms import NewPasswordForm, SignInForm
from ent.identity.signin.notifications import PasswordChosen
from ent.identity.signin.queries.addresses import identifier_of
from ent.identity.signin.queries.devices import own_browser
from ent.identity.signin.queries.entering import require_fresh_proof
from ent.identity.signin.queries.entrances import Door, departure_from, doors, go_on, kept_out, step_of
from ent.identity.signin.queries.sessions import address_of, open_sessions, past_sign_ins
from ent.identity.signin.queries.staying import stays_offered, stays_until
from ent.identity.signin.queries.ways import LOCAL, forget_way, is_of_school, keep_way, must_choose, ways_in


@endpoint("GET", "POST", public=True)
def sign_in(request: Request) -> HttpResponse:
    """The sign-in page. A wrong pair gets one sentence, the same whether the identifier exists or not."""
    if request.viewer and request.method == "GET":
        return see_other(safe_next(request, reverse("portal:home")))
    if request.user.is_authenticated and request.method == "GET":
        return see_other("signin:nothing_open")
    if request.method == "GET" and must_choose(request):
        return _who_page(request)
    # The paper that hands an access over leads here with the identifier.
    form = SignInForm(request.POST or None, initial={"identifier": request.GET.get("identifiant", "")[:80]})
    if request.method == "POST" and form.is_valid():
        try:
            account = _account_of(request, form.cleaned_data["identifier"], form.cleaned_data["password"])
        except TooMany as refusal:
            return _must_wait(request, form, refusal)
        if account is not None and not account.provisional_is_over:
            by, stays = actor_of(account), form.cleaned_data["stays"]
            to = let_in(request, account, method="password", by=by, next_page=safe_next(request, ""), stays=stays)
            return see_other(to)
        form.add_error(None, _why_refused(account, form.cleaned_data["identifier"]))
    return _sign_in_page(request, form, status=422 if form.errors else 200)


@endpoint("GET", public=True)
def of_school(request: Request, uai: str) -> HttpResponse:
    """The address that a school gives to its people: its name, and the cards that are theirs."""
    school = get_object_or_404(School, uai=uai.upper(), is_open=True)
    if request.viewer:
        return see_other("portal:home")
    return _who_page(request, school)


def _who_page(request: Request, school: School | None = None) -> HttpResponse:
    """« Qui êtes-vous ? »: the way taken last on this device comes first."""
    context = {
        "title": _("Qui êtes-vous\u202f?"),
        "ways": [way for way in ways_in(request) if school is None or is_of_school(way, school)],
        "school": school,
        "next": safe_next(request, ""),
        "doors": _doors(),
    }
    return page(request, "signin/who.html", context)


@endpoint("GET", public=True)
def toward(request: Request) -> HttpResponse:
    """From the card to its way in. A page between the two: a form here may not lead to another site by itself."""
    way = next((one for one in ways_in(request) if one.name == request.GET.get("voie")), None)
    if way is None:
        return see_other("signin:sign_in")
    query = urlencode({"next": next_page}, safe="/") if (next_page := safe_next(request, "")) else ""
    url = way.url + (("&" if "?" in way.url else "?") + query if query else "")
    context = {"title": way.by, "way": way, "url": url}
    response = see_other(url) if way.name == LOCAL else page(request, "signin/toward.html", context)
    if "retenir" in request.GET:
        keep_way(request, response, way.name)
    else:
        forget_way(response)
    return response


def _doors() -> list[Door]:
    return sorted(doors, key=lambda door: door.order)


def _account_of(request: Request, identifier: str, password: str) -> Account | None:
    named, address = identifier_of(identifier), address_of(request)
    return check_password(
        named, password, address=address, by=UNKNOWN, schools=schools_opened_by, browser=own_browser(request, named)
    )


def _why_refused(account: Account | None, typed: str) -> str:
    """Only who has the right password learns that it is over."""
    if account is not None:
        return _("Ce mot de passe provisoire n’est plus valable. Demandez-en un nouveau à votre établissement.")
    if "@" in typed:
        return _(
            "Adresse ou mot de passe incorrect, ou compte bloqué. Si quelqu’un d’autre emploie cette adresse ici, "
            "entrez votre identifiant."
        )
    return _("Identifiant ou mot de passe incorrect, ou compte bloqué. Vérifiez, puis réessayez.")


def _sign_in_page(request: Request, form: SignInForm, *, status: int) -> HttpResponse:
    context = {
        "form": form,
        "title": _("Connexion"),
        "next": safe_next(request, ""),
        "doors": _doors(),
        "may_choose": len(ways_in(request)) > 1,
    }
    return page(request, "signin/sign_in.html", context, status=status)


def _must_wait(request: Request, form: SignInForm, refusal: TooMany) -> HttpResponse:
    """The form again, with what was typed: whoever mistyped ten times does not type their identifier once more."""
    form.add_error(None, refusal.sentence)
    form.add_error(None, _("Le correspondant ENT de votre établissement peut vous donner un nouveau mot de passe."))
    response = _sign_in_page(request, form, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response


@endpoint("GET", public=True)
def nothing_open(request: Request) -> HttpResponse:
    """The proof was right, and the account opens nothing today: why, and whom to ask."""
    key = request.session.get("kept_out") or request.user.pk
    with scope.use(scope.EVERYTHING):
        account = Account.objects.filter(pk=key).first() if key else None
        reasons = [one for why in kept_out for one in why(account)] if account else []
    context = {"title": _("Votre compte n’ouvre rien aujourd’hui"), "reasons": reasons}
    return page(request, "signin/nothing_open.html", context)


@endpoint("POST", public=True)
def sign_out(request: Request) -> HttpResponse:
    """Close this browser's session."""
    elsewhere = departure_from(request)
    if request.user.is_authenticated:
        # An account that opens nothing any more has no viewer, but a session all the same.
        by = request.viewer.actor if request.viewer else actor_of(request.user)
        end_session(request, by=by)
    if elsewhere:
        context = {"title": _("Vous êtes déconnecté"), "elsewhere": elsewhere}
        response = page(request, "signin/signing_out.html", context)
        return let_form_leave(response, elsewhere.url) if elsewhere.fields else response
    messages.success(request, _("Vous êtes déconnecté."))
    return see_other("signin:sign_in")


@endpoint("GET", "POST")
def change_password(request: Request) -> HttpResponse:
    """Choose one's password. Whoever has a provisional one sees no other page before."""
    account = request.viewer.account
    # Whoever came by another service has no password, or may have forgotten it: a fresh proof stands for it.
    is_proved = "origin" in request.session or not account.has_usable_password()
    if is_proved:
        require_fresh_proof(request)
    sent = request.POST if request.method == "POST" else None
    check = partial(
        check_password,
        account.identifier,
        address=address_of(request),
        by=request.viewer.actor,
        schools=schools_opened_by,
    )
    form = NewPasswordForm(sent, account=account, check=check, is_proved=is_proved)
    if request.method == "POST" and form.is_valid():
        change(request, account, form.cleaned_data["password"], by=request.viewer.actor)
        if is_proved:
            notify(PasswordChosen(account.pk, "service"))
        messages.success(request, _("Mot de passe enregistré."))
        return see_other(go_on(request))
    context = {
        "form": form,
        "title": _("Choisir mon mot de passe"),
        "is_first": account.must_change_password,
        "step": step_of(request),
        "step_label": _("mot de passe"),
    }
    return page(request, "signin/change_password.html", context, status=422 if form.errors else 200)


@endpoint("GET")
def sessions(request: Request) -> HttpResponse:
    """The devices on which the person is signed in."""
    rows = open_sessions(request.user, current=request.session.session_key)  # type: ignore[arg-type]
    past = past_sign_ins(request.viewer.account)
    context = {
        "title": _("Mes appareils connectés"),
        "sessions": rows,
        "past": past,
        "stays_until": stays_until(request),
        "stays_offered": stays_offered(request.viewer.account),
    }
    return page(request, "signin/sessions.html", context)


@endpoint("POST")
def stay(request: Request) -> HttpResponse:
    """Keep this browser signed in, as long as one's schools allow; or no longer."""
    account = request.viewer.account
    asked = request.POST.get("rester", "")
    days = next((days for days in stays_offered(account) if str(days) == asked), 0)
    if days:
        require_fresh_proof(request)
    stay_signed_in(request, account, days, by=request.viewer.actor)
    messages.success(request, _("C’est noté pour cet appareil."))
    return see_other("signin:sessions")


@endpoint("POST")
def close(request: Request) -> HttpResponse:
    """Close one other session, or all the others."""
    closed = close_sessions(
        request.user,  # type: ignore[arg-type]
        only=request.POST.get("session", ""),
        keep=request.session.session_key,
        by=request.viewer.actor,
    )
    messages.success(request, ngettext("%d session fermée.", "%d sessions fermées.", closed) % closed)
    return see_other("signin:sessions")
