"""Who may give a pupil a new provisional password, beside whoever administers the school."""

from ent.directory.models import Enrolment, HeadTeacher, Person
from ent.directory.permissions import can_reset_password
from ent.directory.queries.administration.accounts import reach_of
from ent.directory.viewer import Viewer


def can_reissue(viewer: Viewer, person: Person) -> bool:
    """Whoever may reset the account; and the head teacher of a class, for the learners of that class."""
    if viewer.school is None or person.account_id is None:
        return False
    if can_reset_password(viewer, person, reach_of(person, viewer.school)):
        return True
    divisions = HeadTeacher.objects.filter(membership=viewer.membership).values("division")
    return Enrolment.objects.on().filter(membership__person=person, division__in=divisions).exists()
