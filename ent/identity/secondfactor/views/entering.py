"""Proving who one is: between the password and the session, with a key alone, and again before a sensitive act."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.actors import UNKNOWN
from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, safe_next, see_other
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.actions import check_password
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import check_code, check_key, refuse_code, trust_device
from ent.identity.secondfactor.enums import Kind
from ent.identity.secondfactor.forms import CodeForm, PasswordForm
from ent.identity.secondfactor.queries.factors import TRUST, factors_of, passkeys_of, trust_cookie
from ent.identity.secondfactor.queries.keys import KeyRefused, ask_key, read_key
from ent.identity.signin.actions.entering import finish, let_in
from ent.identity.signin.actions.sessions import actor_of, device_of
from ent.identity.signin.queries.entering import entering_of, prove_again
from ent.identity.signin.queries.entrances import proofs
from ent.identity.signin.queries.sessions import address_of

WRONG_CODE = gettext_lazy(
    "Ce code n’est pas le bon, ou il a déjà servi. Vérifiez que l’heure du téléphone est automatique."
)
WRONG_KEY = gettext_lazy("Cette clé n’a pas été reconnue. Réessayez, ou choisissez un autre moyen.")


@endpoint("GET", "POST", public=True)
def challenge(request: Request) -> HttpResponse:
    """The second proof of whoever has given the first."""
    entering = entering_of(request)
    if entering is None:
        messages.warning(request, _("Dix minutes ont passé. Recommencez depuis le début."))
        return see_other("signin:sign_in")
    form = CodeForm(request.POST if "code" in request.POST else None)
    with scope.use(scope.EVERYTHING):
        used = _prove(request, entering.account, form) if request.method == "POST" else ""
        if not used:
            return _challenge_page(request, entering.account, form)
    by = actor_of(entering.account)
    trusted = _trust(request, entering.account) if "confiance" in request.POST else ""
    to = finish(
        request,
        entering.account,
        method=entering.method,
        by=by,
        next_page=entering.next_page,
        second=used,
        origin=entering.origin,
        stays=entering.stays,
    )
    response = see_other(to)
    if trusted:
        _keep_trust(request, response, entering.account, trusted)
    return response


def _prove(request: Request, account: Account, form: CodeForm) -> str:
    """By what the second proof was given, a code or a key; nothing where it was not, with the reason in the form."""
    by = actor_of(account)
    try:
        if "answer" in request.POST:
            return "key" if _key_is_right(request, account) else _refuse(form, str(WRONG_KEY))
        if form.is_valid():
            return "code" if check_code(account, form.cleaned_data["code"], by=by) else _refuse(form, str(WRONG_CODE))
    except TooMany as refusal:
        _refuse(form, refusal.sentence)
    return ""


def _key_is_right(request: Request, account: Account) -> bool:
    by = actor_of(account)
    try:
        checked = read_key(request, request.POST["answer"], account=account)
    except KeyRefused:
        refuse_code(account, by=by)
        return False
    return check_key(checked, by=by)


def _refuse(form: CodeForm, sentence: str) -> str:
    form.is_bound = True
    form.full_clean()
    form.errors.pop("code", None)
    form.add_error(None, sentence)
    return ""


def _challenge_page(request: Request, account: Account, form: CodeForm) -> HttpResponse:
    keys = passkeys_of(account)
    context = {
        "title": _("Votre seconde preuve"),
        "form": form,
        "options": ask_key(request, keys) if keys else "",
        "has_application": any(factor.kind == Kind.APPLICATION for factor in factors_of(account)),
    }
    return page(request, "secondfactor/challenge.html", context, status=422 if form.errors else 200)


def _trust(request: Request, account: Account) -> str:
    with scope.use(scope.EVERYTHING):
        return trust_device(account, device_of(request), by=actor_of(account))


def _keep_trust(request: Request, response: HttpResponse, account: Account, token: str) -> None:
    response.set_cookie(
        trust_cookie(account),
        token,
        max_age=TRUST,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
        path=reverse("signin:sign_in"),
    )


@endpoint("GET", "POST", public=True)
def key_alone(request: Request) -> HttpResponse:
    """Sign in with a passkey and nothing else: it asks for the finger, the face or the code of the device itself."""
    refused: str | Promise = ""
    if request.method == "POST":
        with scope.use(scope.EVERYTHING):
            account, refused = _account_of_key(request)
        if account is not None:
            next_page = safe_next(request, "")
            return see_other(let_in(request, account, method="passkey", by=actor_of(account), next_page=next_page))
    context = {
        "title": _("Entrer avec une clé d’accès"),
        "options": ask_key(request, [], alone=True),
        "refused": refused,
        "next": safe_next(request, ""),
    }
    return page(request, "secondfactor/key_alone.html", context, status=422 if refused else 200)


def _account_of_key(request: Request) -> tuple[Account | None, str | Promise]:
    try:
        checked = read_key(request, request.POST.get("answer", ""))
        right = check_key(checked, by=UNKNOWN)
    except KeyRefused:
        return None, WRONG_KEY
    except TooMany as refusal:
        return None, refusal.sentence
    return (checked.factor.account, "") if right else (None, WRONG_KEY)


@endpoint("GET", "POST")
def confirm(request: Request) -> HttpResponse:
    """Who is signed in proves it again: by their password, a code or a key."""
    account = request.viewer.account
    asked = "password" if "password" in request.POST else "code"
    password = PasswordForm(request.POST if asked == "password" else None)
    code = CodeForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and _confirmed(request, account, password, code):
        prove_again(request)
        return see_other(safe_next(request, "/"))
    return _confirm_page(request, account, password, code)


def _confirmed(request: Request, account: Account, password: PasswordForm, code: CodeForm) -> bool:
    if not password.is_bound:
        with scope.use(scope.EVERYTHING):
            return bool(_prove(request, account, code))
    if not password.is_valid():
        return False
    try:
        right = check_password(
            account.identifier,
            password.cleaned_data["password"],
            address=address_of(request),
            by=request.viewer.actor,
            schools=schools_opened_by,
        )
    except TooMany as refusal:
        password.add_error("password", refusal.sentence)
        return False
    if right is None:
        password.add_error("password", _("Ce n’est pas votre mot de passe."))
    return right is not None


def _confirm_page(request: Request, account: Account, password: PasswordForm, code: CodeForm) -> HttpResponse:
    with scope.use(scope.EVERYTHING):
        factors = factors_of(account)
        keys = passkeys_of(account)
    context = {
        "title": _("Confirmez que c’est vous"),
        "password": password if account.has_usable_password() and request.session.get("method") != "demo" else None,
        "form": code,
        "options": ask_key(request, keys) if keys else "",
        "has_application": any(factor.kind == Kind.APPLICATION for factor in factors),
        "next": safe_next(request, "/"),
        "elsewhere": [place for give in proofs for place in give(account, safe_next(request, "/"))],
    }
    status = 422 if password.errors or code.errors else 200
    return page(request, "secondfactor/confirm.html", context, status=status)
