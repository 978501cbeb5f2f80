"""What a school has chosen for itself."""

from ent.directory.models import SchoolSettings
from ent.directory.viewer import Viewer
from ent.foundation.schools.models import School


def settings_of(school: School) -> SchoolSettings:
    """The settings of a school in the scope; unsaved and as by default where it never chose any."""
    row = SchoolSettings.objects.filter(school=school).select_related("logo").first()
    return row or SchoolSettings(school=school)


def look_of(viewer: Viewer) -> SchoolSettings | None:
    """The settings of the school one is in, found once a request."""
    school = viewer.school
    return viewer.once("settings", lambda: settings_of(school)) if school else None
