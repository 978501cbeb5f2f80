"""Imports: their list, what one sends, what would change, the decision, the report."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.core.errors import Refused
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.csv_imports import ask_csv_import, choose_columns, record_report
from ent.directory.actions.import_decisions import agree, give_up
from ent.directory.actions.imports import ask_import
from ent.directory.enums import RunState, Source
from ent.directory.exports.imports import report_csv
from ent.directory.forms.imports import AafForm, ColumnsForm, CsvForm
from ent.directory.imports.csv.reading import Table
from ent.directory.imports.csv.running import columns_of, likely_profile, plain_text, table_of
from ent.directory.imports.problems import SourceRefused
from ent.directory.imports.uploads import bundled
from ent.directory.models import ImportRun
from ent.directory.permissions import (
    can_decide_import,
    can_import_aaf,
    can_import_csv,
    can_see_imports,
    visible_imports,
)
from ent.directory.queries.import_pages import listed, run_page, steps_of
from ent.foundation.files.actions import store_file

PER_PAGE = 20


@endpoint("GET")
def runs(request: Request) -> HttpResponse:
    """The imports, the last one first."""
    viewer = request.viewer
    if not can_see_imports(viewer):
        raise PermissionDenied(_("Les imports sont réservés à qui administre l’établissement ou la région."))
    visible = visible_imports(viewer).select_related("upload").order_by("-pk")
    found = Paginator(visible, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Imports"),
        "found": found,
        "lines": listed(viewer, list(found)),
        "may_aaf": can_import_aaf(viewer),
        "may_csv": can_import_csv(viewer),
    }
    return page(request, "directory/imports/runs.html", context)


@endpoint("GET", "POST")
def new_aaf(request: Request) -> HttpResponse:
    """Send the académie's files; a job reads them."""
    viewer = request.viewer
    if not can_import_aaf(viewer):
        raise PermissionDenied(_("Les fichiers de l’académie sont importés par la région."))
    form = AafForm(request.POST, request.FILES) if request.method == "POST" else AafForm()
    if form.is_valid():
        with bundled(form.cleaned_data["sources"]) as (content, name):
            file = store_file(content, name=name, use="directory.import", school=None, owner=None, by=viewer.actor)
        return see_other("imports:run", ask_import(upload=file, by=viewer.actor).pk)
    return _sending(request, form, Source.AAF, _("Importer l’annuaire académique"))


@endpoint("GET", "POST")
def new_csv(request: Request) -> HttpResponse:
    """Send a school's own file; what is no CSV is refused at once, beside the field."""
    viewer = request.viewer
    if not can_import_csv(viewer):
        raise PermissionDenied(_("Un fichier CSV est importé par qui administre l’établissement."))
    form = CsvForm(request.POST, request.FILES) if request.method == "POST" else CsvForm()
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            content = plain_text(upload.read(), upload.name)
        except SourceRefused as refusal:
            form.add_error("file", refusal.sentence)
        else:
            file = store_file(
                content, name=upload.name, use="directory.import", school=viewer.school, owner=None, by=viewer.actor
            )
            return see_other("imports:run_columns", ask_csv_import(viewer.school, file, by=viewer.actor).pk)
    return _sending(request, form, Source.CSV, _("Importer un fichier CSV"))


def _sending(request: Request, form: AafForm | CsvForm, kind: Source, title: str) -> HttpResponse:
    steps, _current = steps_of(ImportRun(kind=kind))
    context = {"title": title, "form": form, "kind": kind, "steps": steps, "current": 1}
    return page(request, "directory/imports/new.html", context, status=422 if form.errors else 200)


@endpoint("GET", "POST")
def run_columns(request: Request, pk: int) -> HttpResponse:
    """What each column of a CSV file gives."""
    run = _decidable(request, pk)
    if run.kind != Source.CSV or run.state not in {RunState.WAITING, RunState.PREVIEWED, RunState.FAILED}:
        return redirect("imports:run", pk)
    table = _table(run)
    columns = columns_of(run, table)
    guessed = {"profile": likely_profile(run.school, columns), **run.options}
    form = ColumnsForm(columns, request.POST if request.method == "POST" else None, initial=guessed)
    if form.is_valid():
        options = {name: form.cleaned_data[name] for name in ("profile", "close_missing")}
        choose_columns(run, form.chosen(), options, by=request.viewer.actor)
        return see_other("imports:run", pk)
    steps, _current = steps_of(run)
    title = _("Que donne chaque colonne\u202f?")
    context = {"title": title, "run": run, "form": form, "table": table, "steps": steps, "current": 2}
    return page(request, "directory/imports/columns.html", context, status=422 if form.errors else 200)


@endpoint("GET")
def run(request: Request, pk: int) -> HttpResponse:
    """An import: its progress, what it would change, then its report. `effet`, `nature` and `page` filter its lines."""
    found = _found(request, pk)
    if found.kind == Source.CSV and found.state == RunState.WAITING:
        return redirect("imports:run_columns", pk)
    return _run(request, found)


@endpoint("GET")
def run_progress(request: Request, pk: int) -> HttpResponse:
    """How far it is: a piece of the page of an import, which comes back whole once there is more to see."""
    shown = run_page(request.viewer, _found(request, pk), request.GET)
    if not shown.is_busy or not request.htmx:
        return redirect("imports:run", pk)
    return page(request, "directory/imports/run.html", {"shown": shown, "run": shown.run}, fragment="progress")


@endpoint("POST")
def run_decision(request: Request, pk: int) -> HttpResponse:
    """Apply what passes the thresholds (`appliquer`), all for a `raison` (`forcer`), or nothing (`abandonner`)."""
    run = _decidable(request, pk)
    choice, reason = request.POST.get("choix", ""), request.POST.get("raison", "").strip()
    try:
        if choice == "abandonner":
            give_up(run, by=request.viewer.actor)
        else:
            agree(run, _reason(choice, reason), by=request.viewer.actor)
    except Refused as refusal:
        return _run(request, run, error=refusal.sentence, reason=reason)
    return see_other("imports:run", pk)


def _reason(choice: str, reason: str) -> str:
    """The reason to go past the thresholds. Raises `Refused` when it is asked for and missing."""
    if choice != "forcer":
        return ""
    if len(reason) < 3:
        raise Refused(_("Indiquez la raison pour laquelle ces départs sont attendus."))
    return reason


@endpoint("GET")
def run_report(request: Request, pk: int) -> HttpResponse:
    """The report of an import for a spreadsheet. The journal is told."""
    found = _found(request, pk)
    shown = run_page(request.viewer, found, {})
    request.afterwards.append(partial(record_report, found, school=request.viewer.school, by=request.viewer.actor))
    response = HttpResponse(report_csv(shown), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{pk}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _found(request: Request, pk: int) -> ImportRun:
    if not can_see_imports(request.viewer):
        raise PermissionDenied(_("Les imports sont réservés à qui administre l’établissement ou la région."))
    return get_object_or_404(visible_imports(request.viewer).select_related("school", "upload"), pk=pk)


def _table(run: ImportRun) -> Table:
    try:
        return table_of(run)
    except SourceRefused as refusal:
        raise Refused(refusal.sentence) from refusal


def _decidable(request: Request, pk: int) -> ImportRun:
    run = _found(request, pk)
    if not can_decide_import(request.viewer, run):
        raise PermissionDenied(_("La région décide de cet import."))
    return run


def _run(request: Request, run: ImportRun, *, error: str = "", reason: str = "") -> HttpResponse:
    shown = run_page(request.viewer, run, request.GET)
    steps, current = steps_of(run)
    context = {
        "title": shown.title,
        "run": run,
        "shown": shown,
        "lines": shown.page(request.GET.get("page", "")),
        "may_decide": can_decide_import(request.viewer, run),
        "steps": steps,
        "current": current,
        "error": error,
        "reason": reason,
        "here": reverse("imports:run", args=[run.pk]),
    }
    return page(request, "directory/imports/run.html", context, fragment="lines", status=422 if error else 200)
