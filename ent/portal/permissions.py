"""Who may do what around the home page."""

from ent.directory.models import Guardianship
from ent.directory.viewer import Viewer


def can_switch_to_child(viewer: Viewer, child_id: str) -> bool:
    """A guardian looks at their own children only."""
    if not (child_id.isascii() and child_id.isdigit()):
        return False
    return Guardianship.objects.filter(guardian=viewer.person, pupil_id=int(child_id)).exists()
