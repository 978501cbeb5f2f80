"""Closures follow the people: somebody who has changed class since, or has just arrived."""

from ent.core.jobs import job
from ent.directory.models import Membership
from ent.foundation.schools import scope
from ent.identity.access.actions import apply_closures
from ent.identity.access.models import Closure


@job(name="access.follow_people", every="*/10 * * * *", lock="access")
def follow_people() -> None:
    """In the schools that something closes, or has closed."""
    with scope.use(scope.EVERYTHING):
        closed = Membership.objects.filter(closed_until__isnull=False).values_list("school", flat=True)
        schools = {*Closure.objects.in_force().values_list("school", flat=True), *closed.distinct()}
    for school in sorted(schools):
        with scope.use(scope.EVERYTHING):
            apply_closures(school)
