"""The space of the schools' files: the region compares them and adjusts each."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.forms.administration import QuotaForm
from ent.directory.queries.administration.schools import DEPARTMENTS, read_school_filters
from ent.directory.queries.administration.spaces import ORDERS, read_order, space_seen_by_region, spaces_found
from ent.directory.views.administration.frame import check_region, form_page, sent
from ent.foundation.files.actions import set_quota
from ent.foundation.files.queries import quota_of
from ent.foundation.files.templatetags.sizes import size_text
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School

PER_PAGE = 30


@endpoint("GET")
def school_spaces(request: Request) -> HttpResponse:
    """What the files of each school take of what they may: `q`, `departement`, `type`, `tri`, `page`."""
    check_region(request)
    filters, order = read_school_filters(request.GET), read_order(request.GET)
    lines = spaces_found(filters, order)
    context = {
        "title": _("Espace des fichiers"),
        "filters": filters,
        "departments": DEPARTMENTS,
        "kinds": SchoolKind,
        "orders": ORDERS,
        "order": order,
        "found": Paginator(lines, PER_PAGE).get_page(request.GET.get("page")),
        "total": sum(line.space.used.size for line in lines),
    }
    return page(request, "directory/administration/spaces.html", context, fragment="found")


@endpoint("GET", "POST")
def school_space(request: Request, pk: int) -> HttpResponse:
    """Adjust the space of a school and of each person in it, for a reason."""
    check_region(request)
    school = get_object_or_404(School, pk=pk)
    form = QuotaForm(sent(request), quota=quota_of(school))
    if request.method == "POST" and form.is_valid():
        set_quota(school, **form.cleaned_data, by=request.viewer.actor)
        _say_what_follows(request, school)
        return see_other("administration:school_spaces")
    context = {
        "title": _("Ajuster l’espace"),
        "subtitle": f"{school.name}, {school.city}",
        "back": reverse("administration:school_spaces"),
        "back_label": _("Espace des fichiers"),
        "submit": _("Enregistrer"),
    }
    return form_page(request, form, **context, about="quota", space=space_seen_by_region(school))


def _say_what_follows(request: Request, school: School) -> None:
    space = space_seen_by_region(school)
    facts = {"school": school.name, "taken": space.words, "most": size_text(space.size)}
    if space.is_full:
        sentence = _("%(school)s\u00a0: %(taken)s. Rien n’est effacé\u202f; plus aucun fichier n’y est accepté.")
        messages.warning(request, sentence % facts)
    else:
        messages.success(request, _("Espace ajusté\u00a0: %(school)s, %(most)s.") % facts)
