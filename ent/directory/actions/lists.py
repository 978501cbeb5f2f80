"""What leaves the directory is told to the journal."""

from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.models import Division, Group
from ent.foundation.audit.actions import record


@act("directory.export_list", _("Liste exportée"))
def record_export(place: Division | Group, *, people: int, on_paper: bool, by: Actor) -> None:
    """Tell that the list of a division or a group, of so many people, was taken out: to be printed, or as a file."""
    record("directory.export_list", place, by=by, details={"people": people, "on_paper": on_paper})
