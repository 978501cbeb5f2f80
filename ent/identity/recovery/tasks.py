"""Answering a pupil who asks the school for help."""

from ent.core.actors import SYSTEM
from ent.core.jobs import Backoff, job
from ent.foundation.schools import scope
from ent.identity.recovery.actions import tell_helpers
from ent.identity.signin.models import LinkRequest


@job(name="recovery.answer_help", retry=Backoff())
def answer_help(request: int) -> None:
    """Tell those who can help, once."""
    with scope.use(scope.EVERYTHING):
        waiting = LinkRequest.objects.select_for_update().filter(pk=request).first()
        if waiting is not None:
            tell_helpers(waiting, by=SYSTEM)
