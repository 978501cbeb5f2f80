"""Answering a pupil who asks the school for help; forgetting wrong answers that count no more."""

from ent.core.actors import SYSTEM
from ent.core.jobs import Backoff, job
from ent.foundation.schools import scope
from ent.identity.recovery.actions.questions import purge_answers
from ent.identity.recovery.actions.recovering import tell_helpers
from ent.identity.signin.models import LinkRequest


@job(name="recovery.answer_help", retry=Backoff())
def answer_help(request: int) -> None:
    """Tell those who can help, once."""
    with scope.use(scope.EVERYTHING):
        waiting = LinkRequest.objects.select_for_update().filter(pk=request).first()
        if waiting is not None:
            tell_helpers(waiting, by=SYSTEM)


@job(name="recovery.purge_answers", every="57 3 * * *")
def purge() -> None:
    with scope.use(scope.EVERYTHING):
        purge_answers(by=SYSTEM)
