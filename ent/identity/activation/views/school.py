"""The follow-up of a school: who has opened their account, reminders, sheets."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.models import Division
from ent.directory.permissions import can_reset_password
from ent.directory.queries.administration.accounts import account_figures, account_lines, people_of, reach_of
from ent.directory.queries.people import with_open_memberships
from ent.directory.queries.settings import provisional_days, provisional_until
from ent.directory.queries.structures import current_divisions
from ent.directory.views.administration.frame import school_of
from ent.foundation.audit.actions import record_reading
from ent.identity.access.enums import Kind
from ent.identity.access.queries.closures import closures_of
from ent.identity.activation.actions import ask_reminders, issue_sheets, record_follow_up
from ent.identity.activation.exports import follow_up_csv, sheets_csv, sheets_pdf
from ent.identity.activation.queries.following import follow_up, last_handed
from ent.identity.activation.queries.handing import Addressee, addressee, learners_of, never_opened, sheets_version
from ent.identity.signin.queries.entrances import watches

Find = Callable[[], list[Addressee]]


@endpoint("GET")
def overview(request: Request) -> HttpResponse:
    """Who has activated their account in the school, by class, and what there is to do. `niveau` chooses one."""
    school = school_of(request)
    lines = follow_up(school)
    levels = list(dict.fromkeys(line.level for line in sorted(lines, key=lambda line: line.rank)))
    level = request.GET.get("niveau", "")
    context = {
        "title": _("Activation"),
        "figures": account_figures(school),
        "levels": levels,
        "level": level if level in levels else "",
        "lines": [line for line in lines if level not in levels or line.level == level],
        "watches": [watch for found in watches for watch in found(school) if watch.count],
        "openings": [row for row in closures_of(school) if row.kind == Kind.OPENING],
        "handed": last_handed(school),
    }
    return page(request, "activation/overview.html", context)


@endpoint("GET")
def follow_up_file(request: Request) -> HttpResponse:
    """The follow-up for a spreadsheet, person by person. The journal is told."""
    school = school_of(request)
    record_reading(request, record_follow_up, school)
    return _file(follow_up_csv(school), "text/csv; charset=utf-8", f"activation-{timezone.localdate()}.csv")


@endpoint("POST")
def do(request: Request) -> HttpResponse:
    """What the bar under the list does for the chosen classes: `geste` is « relancer », « fiches », « reemettre »."""
    chosen = _divisions(request, request.POST.getlist("classe"))
    if not chosen:
        messages.warning(request, _("Choisissez d’abord une classe."))
        return see_other("activation:overview")
    if request.POST.get("geste") != "relancer":
        query = [("classe", division.pk) for division in chosen]
        query += [("tous", 1)] if request.POST.get("geste") == "reemettre" else []
        return see_other(reverse("activation:sheets") + "?" + urlencode(query))
    told = ask_reminders(chosen, school_of(request).pk, by=request.viewer.actor)
    sentence = ngettext(
        "%d courriel part dans les minutes qui viennent.", "%d courriels partent dans les minutes qui viennent.", told
    )
    messages.success(request, sentence % told)
    return see_other("activation:overview")


@endpoint("GET", "POST")
def sheets(request: Request) -> HttpResponse:
    """The sheets of some classes (`classe`, several): for whom, then the file, handed over in the answer and nowhere
    kept. With `tous`, for those too who have opened their account."""
    divisions = _divisions(request, request.GET.getlist("classe"))
    everybody = "tous" in request.GET

    def find() -> list[Addressee]:
        return learners_of(divisions, everybody=everybody)

    label = ", ".join(division.label for division in divisions)
    if request.method == "POST":
        return _handed(request, find, label)
    to = find()
    context = {
        "title": _("Fiches, %(division)s") % {"division": label} if label else _("Fiches"),
        "to": to,
        "everybody": everybody,
        "active": sum(1 for one in to if one.person.account and one.person.account.activated_at),
        "version": sheets_version(to),
        "days": provisional_days(school_of(request)),
    }
    return page(request, "activation/sheets.html", context)


@endpoint("GET")
def latecomers(request: Request) -> HttpResponse:
    """Whoever has just arrived: `q` looks for a name among those who have never opened their account."""
    school = school_of(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {
        "title": _("Fiche pour un arrivant"),
        "text": text,
        "lines": [(line, sheets_version([addressee(line)])) for line in never_opened(school, text)],
    }
    return page(request, "activation/latecomers.html", context)


@endpoint("POST")
def latecomer_sheet(request: Request, pk: int) -> HttpResponse:
    """One person's sheet."""
    school = school_of(request)
    waiting = people_of(school).filter(account__activated_at=None, account__isnull=False)
    person = get_object_or_404(with_open_memberships(waiting), pk=pk)
    if not can_reset_password(request.viewer, person, reach_of(person, school)):
        messages.error(request, _("Ce compte se réinitialise depuis son autre établissement, ou par la région."))
        return see_other("activation:latecomers")
    return _handed(request, lambda: [addressee(account_lines([person])[0])], person.full_name)


def _handed(request: Request, find: Find, whom: str) -> HttpResponse:
    school = school_of(request)
    until = provisional_until(school)
    version = request.POST.get("version", "")
    made = issue_sheets(school, find, whom=whom, version=version, until=until, by=request.viewer.actor)
    if request.POST.get("forme") == "csv":
        return _file(sheets_csv(made, until), "text/csv; charset=utf-8", "fiches.csv")
    return _file(sheets_pdf(school, made, until), "application/pdf", "fiches.pdf")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _divisions(request: Request, asked: list[str]) -> list[Division]:
    return [division for division in current_divisions(school_of(request)) if str(division.pk) in asked]
