"""One's own second factor: choosing it, linking it, its recovery codes, and what becomes of it."""

import json
from base64 import b64decode, b64encode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import (
    add_application,
    add_key,
    begin_application,
    forget_devices,
    make_codes,
    remove_factor,
    rename_factor,
)
from ent.identity.secondfactor.entrances import CODES
from ent.identity.secondfactor.enums import Kind
from ent.identity.secondfactor.forms import ChoiceForm, CodeForm, NameForm, NewKeyForm
from ent.identity.secondfactor.models import SecondFactor
from ent.identity.secondfactor.queries.factors import (
    codes_left,
    factors_of,
    link_of,
    must_have_factor,
    passkeys_of,
    trusted_devices,
)
from ent.identity.secondfactor.queries.keys import KeyRefused, ask_new_key, read_new_key
from ent.identity.secondfactor.views.entering import WRONG_CODE, WRONG_KEY
from ent.identity.signin.actions.sessions import device_of
from ent.identity.signin.queries.entering import require_fresh_proof
from ent.identity.signin.queries.entrances import go_on

SHOWN_CODES = b"recovery codes shown once"


@endpoint("GET")
def manage(request: Request) -> HttpResponse:
    """What guards the account: keys, application, codes, trusted devices."""
    account = request.viewer.account
    with scope.use(scope.EVERYTHING):
        context = {
            "title": _("Ma seconde preuve"),
            "factors": factors_of(account),
            "left": codes_left(account),
            "devices": trusted_devices(account),
            "must": must_have_factor(account),
        }
    return page(request, "secondfactor/manage.html", context)


@endpoint("GET", "POST")
def setup(request: Request) -> HttpResponse:
    """Step 1: which one. Codes that were made and not put away yet come first."""
    require_fresh_proof(request)
    if CODES in request.session:
        return see_other("secondfactor:setup_codes")
    form = ChoiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["kind"]
        return see_other("secondfactor:setup_application" if chosen == Kind.APPLICATION else "secondfactor:setup_key")
    with scope.use(scope.EVERYTHING):
        must = must_have_factor(request.viewer.account)
    context = {"title": _("Protégez votre compte"), "must": must, "kinds": Kind}
    return page(request, "secondfactor/setup.html", context, status=422 if form.errors else 200)


@endpoint("GET", "POST")
def setup_application(request: Request) -> HttpResponse:
    """Step 2: link the application, whose first code puts it in service. GET shows what POST has prepared."""
    require_fresh_proof(request)
    account = request.viewer.account
    form = CodeForm(request.POST if "code" in request.POST else None)
    with scope.use(scope.EVERYTHING):
        if request.method == "GET":
            waiting = SecondFactor.objects.filter(account=account, kind=Kind.APPLICATION, confirmed_at=None).first()
            return _application_page(request, waiting, form)
        waiting = begin_application(account, by=request.viewer.actor)
        if form.is_valid() and _is_added(request, waiting, form):
            return _after_adding(request, account)
        return _application_page(request, waiting, form)


def _is_added(request: Request, waiting: SecondFactor, form: CodeForm) -> bool:
    try:
        added = add_application(waiting, form.cleaned_data["code"], by=request.viewer.actor)
    except TooMany as refusal:
        form.add_error("code", refusal.sentence)
        return False
    if not added:
        form.add_error("code", WRONG_CODE)
    return added


def _application_page(request: Request, waiting: SecondFactor | None, form: CodeForm) -> HttpResponse:
    link = link_of(waiting, request.viewer.account.identifier) if waiting else None
    context = {"title": _("Reliez votre application"), "link": link, "form": form}
    return page(request, "secondfactor/setup_application.html", context, status=422 if form.errors else 200)


@endpoint("GET", "POST")
def setup_key(request: Request) -> HttpResponse:
    """Step 2: make a passkey on this device or on a security key."""
    require_fresh_proof(request)
    account = request.viewer.account
    form = NewKeyForm(request.POST or None, initial={"name": device_of(request)})
    with scope.use(scope.EVERYTHING):
        if request.method == "POST" and form.is_valid() and _is_kept(request, account, form):
            return _after_adding(request, account)
        options = ask_new_key(request, account, request.viewer.person.full_name, passkeys_of(account))
    context = {"title": _("Créez votre clé d’accès"), "form": form, "options": options}
    return page(request, "secondfactor/setup_key.html", context, status=422 if form.errors else 200)


def _is_kept(request: Request, account: Account, form: NewKeyForm) -> bool:
    try:
        key = read_new_key(request, form.cleaned_data["answer"])
    except KeyRefused:
        form.add_error(None, WRONG_KEY)
        return False
    add_key(account, key, form.cleaned_data["name"], by=request.viewer.actor)
    return True


def _after_adding(request: Request, account: Account) -> HttpResponse:
    """The first factor brings its recovery codes."""
    if codes_left(account):
        messages.success(request, _("Seconde preuve ajoutée."))
        return see_other(go_on(request) if request.session.get("gates") else "secondfactor:manage")
    _show_once(request, make_codes(account, by=request.viewer.actor))
    return see_other("secondfactor:setup_codes")


def _show_once(request: Request, codes: list[str]) -> None:
    """Keep them in this session alone, sealed, until the person says that they are put away."""
    request.session[CODES] = b64encode(crypto.seal(json.dumps(codes).encode(), purpose=SHOWN_CODES)).decode()


def _shown(request: Request) -> list[str]:
    kept = request.session.get(CODES)
    if not kept:
        raise Http404
    codes: list[str] = json.loads(crypto.unseal(b64decode(kept), purpose=SHOWN_CODES))
    return codes


@endpoint("GET", "POST")
def setup_codes(request: Request) -> HttpResponse:
    """Step 3: the ten codes, until the person says that they are in a safe place."""
    require_fresh_proof(request)
    if CODES not in request.session:
        return see_other("secondfactor:manage")
    missing = request.method == "POST" and "lieu-sur" not in request.POST
    if request.method == "POST" and not missing:
        del request.session[CODES]
        return see_other(go_on(request) if request.session.get("gates") else "secondfactor:manage")
    context = {"title": _("Gardez vos codes de secours"), "codes": _shown(request), "missing": missing}
    return page(request, "secondfactor/setup_codes.html", context, status=422 if missing else 200)


@endpoint("POST")
def setup_codes_file(request: Request) -> HttpResponse:
    """The codes that are being shown, as a text file."""
    require_fresh_proof(request)
    lines = [_("Mon ENT Touraine, codes de secours"), request.viewer.account.identifier, "", *_shown(request)]
    response = HttpResponse("\r\n".join(lines) + "\r\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="codes-de-secours.txt"'
    response["Cache-Control"] = "no-store"
    return response


@endpoint("POST")
def renew_codes(request: Request) -> HttpResponse:
    """Ten other codes."""
    require_fresh_proof(request)
    account = request.viewer.account
    with scope.use(scope.EVERYTHING):
        if not factors_of(account):
            raise Http404
        _show_once(request, make_codes(account, by=request.viewer.actor))
    return see_other("secondfactor:setup_codes")


@endpoint("POST")
def forget(request: Request) -> HttpResponse:
    """Ask the second proof again on every device."""
    with scope.use(scope.EVERYTHING):
        forget_devices(request.viewer.account, by=request.viewer.actor)
    messages.success(request, _("La seconde preuve sera demandée sur chaque appareil."))
    return see_other("secondfactor:manage")


@endpoint("GET", "POST")
def factor(request: Request, pk: int) -> HttpResponse:
    """Rename one, or see how to remove it."""
    require_fresh_proof(request)
    found = _own_factor(request, pk)
    form = NameForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        with scope.use(scope.EVERYTHING):
            rename_factor(found, form.cleaned_data["name"], by=request.viewer.actor)
        messages.success(request, _("Nom enregistré."))
        return see_other("secondfactor:manage")
    context = {"title": found.name, "form": form, "factor": found}
    return page(request, "secondfactor/factor.html", context, status=422 if form.errors else 200)


@endpoint("POST")
def remove(request: Request, pk: int) -> HttpResponse:
    require_fresh_proof(request)
    found = _own_factor(request, pk)
    with scope.use(scope.EVERYTHING):
        remove_factor(found, by=request.viewer.actor)
    messages.success(request, _("Seconde preuve retirée."))
    return see_other("secondfactor:manage")


def _own_factor(request: Request, pk: int) -> SecondFactor:
    rows = SecondFactor.objects.select_related("account").filter(confirmed_at__isnull=False)
    return get_object_or_404(rows, pk=pk, account=request.viewer.account)
