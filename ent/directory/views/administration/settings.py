"""The settings of a school: look and notice, terms, days without lessons."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.errors import Refused
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.settings import (
    change_access_rules,
    change_settings,
    remove_logo,
    remove_school_day,
    remove_term,
    save_school_day,
    save_term,
)
from ent.directory.forms.administration import AccessRulesForm, LookForm, SchoolDayForm, TermForm
from ent.directory.queries.administration.delegations import officers_to_write_to
from ent.directory.queries.administration.years import kind_of, years_of
from ent.directory.queries.settings import settings_of
from ent.directory.views.administration.frame import form_page, school_of, sent
from ent.foundation.files.queries import space_of
from ent.foundation.schools.models import CalendarDay, School, SchoolDay, SchoolYear, Term


@endpoint("GET", "POST")
def settings(request: Request) -> HttpResponse:
    """The school's colour, logo and notice."""
    school = school_of(request)
    row = settings_of(school)
    form = LookForm(sent(request), request.FILES or None, instance=row)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("Réglages enregistrés."))
        return see_other("administration:settings")
    context = {"title": _("Réglages"), "tab": "look", "logo": row.logo_id}
    return form_page(request, form, template="directory/administration/settings.html", **context)


def _saved(request: Request, form: LookForm) -> bool:
    """Save the settings; an image that cannot be taken is said beside its field."""
    try:
        logo = form.cleaned_data["logo_file"]
        change_settings(form.instance, logo, owner=request.viewer.account, by=request.viewer.actor)
    except Refused as refusal:
        form.add_error("logo_file", refusal.sentence)
        return False
    return True


@endpoint("GET", "POST")
def setting_access(request: Request) -> HttpResponse:
    """How long a sheet is good for, and « C’est mon appareil »."""
    form = AccessRulesForm(sent(request), instance=settings_of(school_of(request)))
    if request.method == "POST" and form.is_valid():
        change_access_rules(form.instance, by=request.viewer.actor)
        messages.success(request, _("Réglages enregistrés."))
        return see_other("administration:setting_access")
    context = {"title": _("Réglages"), "tab": "access"}
    return form_page(request, form, template="directory/administration/access_rules.html", **context)


@endpoint("POST")
def setting_logo_remove(request: Request) -> HttpResponse:
    """Remove the school's logo."""
    remove_logo(settings_of(school_of(request)), by=request.viewer.actor)
    messages.success(request, _("Logo retiré."))
    return see_other("administration:settings")


@endpoint("GET")
def setting_terms(request: Request) -> HttpResponse:
    """The trimesters or semesters of the current and the prepared year."""
    years = years_of(school_of(request))
    shown = [(year, list(year.terms.all())) for year in (years.current, years.prepared) if year]
    return page(
        request, "directory/administration/terms.html", {"title": _("Réglages"), "tab": "terms", "years": shown}
    )


@endpoint("GET", "POST")
def setting_term_add(request: Request, pk: int) -> HttpResponse:
    """Add a period to a year of the school."""
    school = school_of(request)
    year = get_object_or_404(SchoolYear, pk=pk, school=school)
    row = Term(school=school, year=year, kind=kind_of(year), number=year.terms.count() + 1)
    return _term_form(request, row, _("Ajouter une période"))


@endpoint("GET", "POST")
def setting_term(request: Request, pk: int) -> HttpResponse:
    """Change the dates of a period."""
    row = get_object_or_404(Term.objects.select_related("year"), pk=pk, school=school_of(request))
    return _term_form(request, row, str(row), delete=reverse("administration:setting_term_remove", args=[pk]))


def _term_form(request: Request, row: Term, title: str, delete: str = "") -> HttpResponse:
    form = TermForm(sent(request), instance=row)
    if request.method == "POST" and form.is_valid():
        save_term(form.instance, by=request.viewer.actor)
        messages.success(request, _("Période enregistrée."))
        return see_other("administration:setting_terms")
    context = _around("administration:setting_terms", _("Périodes"), title, delete)
    return form_page(request, form, **context, subtitle=row.year.label)


@endpoint("POST")
def setting_term_remove(request: Request, pk: int) -> HttpResponse:
    """Remove a period."""
    if row := Term.objects.filter(pk=pk, school=school_of(request)).select_related("year").first():
        remove_term(row, by=request.viewer.actor)
    messages.success(request, _("Période supprimée."))
    return see_other("administration:setting_terms")


@endpoint("GET")
def setting_space(request: Request) -> HttpResponse:
    """What the school's files take of what they may, and whom to ask for more."""
    school = school_of(request)
    context = {
        "title": _("Réglages"),
        "tab": "space",
        "space": space_of(school),
        "visiting": request.viewer.visit is not None,
        "officers": officers_to_write_to(),
        "subject": _("Espace des fichiers\u00a0: %(school)s") % {"school": f"{school.name} ({school.uai})"},
    }
    return page(request, "directory/administration/space.html", context)


@endpoint("GET")
def setting_days(request: Request) -> HttpResponse:
    """The school's own days without lessons, beside those of the region."""
    school = school_of(request)
    today = timezone.localdate()
    context = {
        "title": _("Réglages"),
        "tab": "days",
        "own": SchoolDay.objects.filter(school=school).order_by("-starts"),
        "common": CalendarDay.objects.filter(region=school.region_id, ends__gte=today).order_by("starts"),
    }
    return page(request, "directory/administration/days.html", context)


@endpoint("GET", "POST")
def setting_day_add(request: Request) -> HttpResponse:
    """Add days without lessons to the school."""
    return _day_form(request, SchoolDay(school=school_of(request)), _("Ajouter des jours sans classe"))


@endpoint("GET", "POST")
def setting_day(request: Request, pk: int) -> HttpResponse:
    """Change the school's days without lessons."""
    row = get_object_or_404(SchoolDay, pk=pk, school=school_of(request))
    return _day_form(request, row, row.label, delete=reverse("administration:setting_day_remove", args=[pk]))


def _day_form(request: Request, row: SchoolDay, title: str, delete: str = "") -> HttpResponse:
    form = SchoolDayForm(sent(request), instance=row)
    if request.method == "POST" and form.is_valid():
        save_school_day(form.instance, by=request.viewer.actor)
        messages.success(request, _("Calendrier enregistré."))
        return see_other("administration:setting_days")
    return form_page(request, form, **_around("administration:setting_days", _("Calendrier"), title, delete))


@endpoint("POST")
def setting_day_remove(request: Request, pk: int) -> HttpResponse:
    """Remove the school's days without lessons."""
    school: School = school_of(request)
    if row := SchoolDay.objects.filter(pk=pk, school=school).first():
        remove_school_day(row, by=request.viewer.actor)
    messages.success(request, _("Jours supprimés."))
    return see_other("administration:setting_days")


def _around(back: str, back_label: str, title: str, delete: str) -> dict[str, str]:
    context = {"title": title, "back": reverse(back), "back_label": back_label, "submit": _("Enregistrer")}
    return context | {"delete": delete}
