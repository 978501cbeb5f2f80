"""The journal of a school, or that of the region: read, and taken out as a file. Reading it is recorded."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page
from ent.directory.exports.journal import MOST_LINES, journal_file
from ent.directory.forms.administration import JournalForm
from ent.directory.permissions import can_read_journal
from ent.directory.queries.administration.journal import acts_by_label, filters_of, journal_page, records
from ent.foundation.audit.actions import read_journal, record_reading


@endpoint("GET")
def journal(request: Request) -> HttpResponse:
    """The latest acts: `action`, `auteur`, `depuis`, `jusqu_au`; `avant` is the id of the last act already seen."""
    form, filters = _asked(request)
    viewer = request.viewer
    shown = journal_page(viewer.school, filters, before=request.GET.get("avant", ""))
    record_reading(request, read_journal, school_id=_school_id(request), filters=filters)
    context = {"title": _("Journal"), "form": form, "filters": filters, "shown": shown, "school": viewer.school}
    return page(request, "directory/administration/journal.html", context)


@endpoint("GET")
def journal_csv(request: Request) -> HttpResponse:
    """The same acts as a file."""
    _form, filters = _asked(request)
    found = records(request.viewer.school, filters)[:MOST_LINES]
    record_reading(request, read_journal, school_id=_school_id(request), filters={**filters, "format": "csv"})
    response = HttpResponse(journal_file(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="journal-{timezone.localdate()}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _asked(request: Request) -> tuple[JournalForm, dict[str, str]]:
    if not can_read_journal(request.viewer):
        raise PermissionDenied(_("Le journal est réservé à la direction et à qui administre l’établissement."))
    form = JournalForm(request.GET, acts=acts_by_label())
    return form, filters_of(form)


def _school_id(request: Request) -> int | None:
    school = request.viewer.school
    return school.pk if school else None
