"""What a school has chosen for itself."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from ent.core.prepared import prepared
from ent.directory.models import SchoolSettings
from ent.directory.queries.schools import current_school
from ent.directory.viewer import Viewer
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School

CFA_DAYS = 2


def settings_of(school: School) -> SchoolSettings:
    """The settings of a school in the scope; unsaved and as by default where it never chose any."""
    for settings in _settings(school=school.pk):
        settings.school = school
        return settings
    return SchoolSettings(school=school)


@prepared
def _settings(school: int) -> QuerySet[SchoolSettings]:
    return SchoolSettings.objects.filter(school=school).select_related("logo")


def provisional_until(school: School) -> datetime:
    """Until when a password that the school hands out today opens an account."""
    return timezone.now() + timedelta(days=provisional_days(school))


def provisional_days(school: School) -> int:
    """As the school has settled; two days in a CFA, where it is a code with a question beside it."""
    return CFA_DAYS if school.kind == SchoolKind.CFA else settings_of(school).provisional_days


def look_of(viewer: Viewer) -> SchoolSettings | None:
    """The settings of the school one is in (a guardian: of the child shown), found once a request."""
    school = current_school(viewer)
    return viewer.once("settings", lambda: settings_of(school)) if school else None
