"""What an import said line by line is forgotten after a time; its numbers stay."""

from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.actions.imports.runs import abandon_import, forget_staged
from ent.directory.enums import RunState
from ent.directory.models import ImportAnomaly, ImportChange, ImportRun, StagedEntry
from ent.directory.queries.imports import reports_kept_since
from ent.foundation.audit.actions import record

WAITING = (RunState.WAITING, RunState.PREVIEWED, RunState.PARTLY)


@act("directory.forget_reports", _("Comptes rendus d’import oubliés"))
def forget_reports(*, by: Actor) -> int:
    """Delete the lines of the imports asked for before the time of the settings, and what is left of their reading.

    One that nobody decided on in that time is given up: its preview would no longer say what it does. Returns how many
    lines were deleted. Runs in the scope of system jobs.
    """
    old = ImportRun.objects.filter(created_at__lt=reports_kept_since())
    for run in old.filter(state__in=WAITING).select_for_update():
        abandon_import(run, by=by)
    for run in old.filter(pk__in=StagedEntry.objects.values("run")):
        forget_staged(run)
    changes, _kinds = ImportChange.objects.filter(run__in=old).delete()
    anomalies, _kinds = ImportAnomaly.objects.filter(run__in=old).delete()
    if changes or anomalies:
        record("directory.forget_reports", by=by, details={"changes": changes, "anomalies": anomalies})
    return changes + anomalies
