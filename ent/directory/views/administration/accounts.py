"""The accounts of a school: list, page of each, and what is done there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.people import add_person, close_membership, correct_email, open_membership
from ent.directory.enums import Profile
from ent.directory.forms.administration import CloseForm, EmailForm, LockForm, MembershipForm, PersonForm
from ent.directory.models import Membership, Person
from ent.directory.permissions import (
    can_close_membership,
    can_lock_account,
    can_reset_password,
    profiles_to_open,
)
from ent.directory.queries.administration.accounts import (
    Reach,
    account_figures,
    account_lines,
    accounts_found,
    memberships_here,
    people_of,
    reach_of,
    read_account_filters,
)
from ent.directory.queries.settings import provisional_until
from ent.directory.queries.structures import current_divisions
from ent.directory.queries.wording import title_of
from ent.directory.views.administration.frame import form_page, school_of, sent
from ent.directory.views.administration.sheets import keep_sheet, sheet_page
from ent.foundation.accounts.actions import lock_account, reset_password, unlock_account
from ent.foundation.accounts.enums import AccountState
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.schools.models import School

PER_PAGE = 30


@endpoint("GET")
def accounts(request: Request) -> HttpResponse:
    """The accounts of the school: `q`, `profil`, `classe`, `etat`, `page`."""
    school = school_of(request)
    divisions = current_divisions(school)
    filters = read_account_filters(request.GET, divisions)
    found = Paginator(accounts_found(school, filters), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Comptes"),
        "figures": account_figures(school),
        "filters": filters,
        "states": AccountState,
        "profiles": Profile,
        "divisions": divisions,
        "found": found,
        "lines": account_lines(found),
    }
    return page(request, "directory/administration/accounts.html", context, fragment="found")


@endpoint("GET")
def account(request: Request, pk: int) -> HttpResponse:
    """One person of the school: who they are, their account, what they are here."""
    school, person, reach = _find(request, pk)
    viewer = request.viewer
    memberships = memberships_here(person, school)
    context = {
        "title": person.full_name,
        "person": person,
        "account": person.account,
        "version": password_version(person.account) if person.account else "",
        "reach": reach,
        "memberships": [(m, title_of(m), m.ends is None and can_close_membership(viewer, m)) for m in memberships],
        "may_lock": can_lock_account(viewer, person, reach),
        "may_reset": can_reset_password(viewer, person, reach),
    }
    return page(request, "directory/administration/account.html", context)


@endpoint("GET", "POST")
def account_lock(request: Request, pk: int) -> HttpResponse:
    """Lock an account, for a reason."""
    school, person, reach = _find(request, pk)
    account = _account_of(person, can_lock_account(request.viewer, person, reach))
    form = LockForm(sent(request))
    if request.method == "POST" and form.is_valid():
        lock_account(account, **form.cleaned_data, by=request.viewer.actor, schools=_told(school, reach))
        messages.success(request, _("Compte bloqué."), extra_tags=reverse("administration:account_unlock", args=[pk]))
        return see_other("administration:account", pk)
    context = _around(person, _("Bloquer le compte"), _("Bloquer le compte"))
    return form_page(request, form, **context, person=person, reach=reach, tone="danger", about="lock")


@endpoint("POST")
def account_unlock(request: Request, pk: int) -> HttpResponse:
    """Open a locked account again."""
    school, person, reach = _find(request, pk)
    account = _account_of(person, can_lock_account(request.viewer, person, reach))
    unlock_account(account, by=request.viewer.actor, schools=_told(school, reach))
    messages.success(request, _("Compte rouvert. Le mot de passe n’a pas changé."))
    return see_other("administration:account", pk)


@endpoint("POST")
def account_reset(request: Request, pk: int) -> HttpResponse:
    """Give a provisional password, shown once on the next page."""
    school, person, reach = _find(request, pk)
    account = _account_of(person, can_reset_password(request.viewer, person, reach))
    password = reset_password(
        account,
        version=request.POST.get("version", ""),
        by=request.viewer.actor,
        schools=_told(school, reach),
        until=provisional_until(school),
    )
    if password:
        keep_sheet(request, person, password)
    return see_other("administration:account_sheet", pk)


@endpoint("GET")
def account_sheet(request: Request, pk: int) -> HttpResponse:
    """The identifier and the provisional password, on paper: the first time only."""
    _school, person, _reach = _find(request, pk)
    return sheet_page(request, person)


@endpoint("GET", "POST")
def account_email(request: Request, pk: int) -> HttpResponse:
    """Correct a person's address."""
    school, person, reach = _find(request, pk)
    _check(can_reset_password(request.viewer, person, reach))
    form = EmailForm(sent(request), initial={"email": person.email})
    if request.method == "POST" and form.is_valid():
        correct_email(person, form.cleaned_data["email"], school=school, by=request.viewer.actor)
        messages.success(request, _("Courriel enregistré."))
        return see_other("administration:account", pk)
    return form_page(request, form, **_around(person, _("Corriger le courriel"), _("Enregistrer")), about="email")


@endpoint("GET", "POST")
def account_membership(request: Request, pk: int) -> HttpResponse:
    """Open one more profile to a person of the school."""
    school, person, _reach = _find(request, pk)
    _check(person.pk != request.viewer.person.pk)
    row = Membership(person=person, school=school, profile=Profile.GUEST, starts=timezone.localdate())
    form = MembershipForm(sent(request), instance=row, profiles=profiles_to_open(request.viewer))
    if request.method == "POST" and form.is_valid():
        open_membership(form.instance, by=request.viewer.actor)
        messages.success(request, _("Profil ouvert."))
        return see_other("administration:account", pk)
    return form_page(request, form, **_around(person, _("Ouvrir un profil"), _("Ouvrir le profil")))


@endpoint("GET", "POST")
def account_membership_close(request: Request, pk: int) -> HttpResponse:
    """Close a profile that was opened by hand or by a file of the school."""
    school = school_of(request)
    row = get_object_or_404(Membership.objects.select_related("person"), pk=pk, school=school)
    _check(can_close_membership(request.viewer, row))
    form = CloseForm(sent(request), membership=row)
    if request.method == "POST" and form.is_valid():
        close_membership(row, **form.cleaned_data, by=request.viewer.actor)
        messages.success(request, _("Profil fermé."))
        return see_other("administration:accounts")
    title = _("Fermer le profil « %(profile)s »") % {"profile": row.get_profile_display()}
    return form_page(request, form, **_around(row.person, title, _("Fermer le profil")), tone="danger", about="close")


@endpoint("GET", "POST")
def account_add(request: Request) -> HttpResponse:
    """Add someone whom no file brings."""
    school = school_of(request)
    form = PersonForm(sent(request), school=school, profiles=profiles_to_open(request.viewer))
    if request.method == "POST" and form.is_valid():
        person: Person = form.instance
        keep_sheet(request, person, add_person(person, form.membership(), seen=form.seen_ids, by=request.viewer.actor))
        messages.success(request, _("%(name)s est dans l’établissement.") % {"name": person.full_name})
        return see_other("administration:account_sheet", person.pk)
    context = {
        "title": _("Ajouter une personne"),
        "alike": account_lines(form.alike),
        "alike_ids": ",".join(str(person.pk) for person in form.alike),
    }
    return form_page(request, form, template="directory/administration/add.html", **context)


def _find(request: Request, pk: int) -> tuple[School, Person, Reach]:
    school = school_of(request)
    person = get_object_or_404(people_of(school), pk=pk)
    return school, person, reach_of(person, school)


def _check(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied(_("Ce compte ne se modifie pas d’ici : sa page dit qui peut le faire."))


def _account_of(person: Person, allowed: bool) -> Account:
    _check(allowed and person.account is not None)
    assert person.account is not None
    return person.account


def _told(school: School, reach: Reach) -> set[int]:
    """The schools whose journal tells what is done to an account: all those it opens."""
    return {school.pk, *reach.elsewhere}


def _around(person: Person, title: str, submit: str) -> dict[str, str]:
    return {
        "title": title,
        "subtitle": person.full_name,
        "back": reverse("administration:account", args=[person.pk]),
        "back_label": person.full_name,
        "submit": submit,
    }
