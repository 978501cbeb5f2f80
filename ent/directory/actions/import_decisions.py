"""What a person decides on an import: go on, even past a threshold, or give up."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.directory.actions.imports.runs import abandon_import, enter, force_school
from ent.directory.enums import RunState, Source
from ent.directory.models import ImportRun, ImportSchool
from ent.foundation.audit.actions import record
from ent.foundation.schools import scope

DECIDABLE = frozenset({RunState.PREVIEWED, RunState.PARTLY})
JOBS = {Source.AAF: "directory.apply_import", Source.CSV: "directory.apply_csv"}


@act("directory.agree_import", gettext_lazy("Import accepté"))
def agree(run: ImportRun, reason: str = "", *, by: Actor) -> bool:
    """Have what was previewed applied. With a `reason`, also the schools past their threshold.

    False when someone has already agreed: asking twice applies once. Raises `Refused` when nothing is to be decided.
    """
    with scope.use(scope.EVERYTHING):
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.state in {RunState.APPLYING, RunState.APPLIED}:
            return False
        if run.state not in DECIDABLE:
            raise Refused(_("Cet import n’attend pas de décision."))
        waiting = ImportSchool.objects.filter(run=run, applied_at__isnull=True)
        stopped = [line for line in waiting.select_related("run") if line.stopped and not line.forced_reason]
        if not reason.strip() and len(stopped) == len(waiting):
            raise Refused(_("Indiquez la raison pour laquelle ces départs sont attendus."))
        for line in stopped if reason.strip() else ():
            force_school(line, reason, by=by)
        enter(run, RunState.APPLYING, progress=0, stage="", failure="")
        enqueue(JOBS[Source(run.kind)], run_id=run.pk)
        record("directory.agree_import", run, by=by, details={"forced": [line.school_id for line in stopped if reason]})
    return True


def give_up(run: ImportRun, *, by: Actor) -> None:
    """Apply nothing more of it, decided once by whoever comes first. Raises `Refused` once it is under way or over."""
    with scope.use(scope.EVERYTHING):
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.state != RunState.ABANDONED:
            abandon_import(run, by=by)
