"""The answers that an apprentice chooses, and those that are given."""

from collections.abc import Mapping

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import TooMany
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.identity.recovery.models import FailedAnswer, SecretAnswer
from ent.identity.recovery.queries.questions import (
    CODE_LASTS,
    MOST_WRONG,
    MOST_WRONG_EVER,
    WINDOW,
    Asked,
    is_right,
    plain_answer,
    wrong_answers,
)

WAIT_S = int(CODE_LASTS.total_seconds())


@act("recovery.keep_answers", _("Questions secrètes choisies"))
def keep_answers(account: Account, answers: Mapping[str, str], *, by: Actor) -> None:
    """Answers by question, in the place of those there were; only their hash is kept."""
    account = Account.objects.select_for_update().get(pk=account.pk)  # a form sent twice
    SecretAnswer.objects.filter(account=account).delete()
    for question, answer in answers.items():
        SecretAnswer.objects.create(account=account, question=question, answer=make_password(plain_answer(answer)))
    record("recovery.keep_answers", account, by=by, details={"questions": sorted(answers)})


def check_answer(account: Account, asked: Asked, answer: str, *, by: Actor) -> bool:
    """Whether it is the answer. Raises `TooMany` after five wrong ones in a quarter of an hour, or fifteen in two days,
    and looks at nothing. Call inside `scope.EVERYTHING`."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if wrong_answers(account) >= MOST_WRONG_EVER:
        raise TooMany(_now("Trop d’essais. Le CFA peut vérifier votre identité."), retry_after=WAIT_S)
    if wrong_answers(account, WINDOW) >= MOST_WRONG:
        sentence = _now("Trop d’essais à la suite. Réessayez dans un quart d’heure.")
        raise TooMany(sentence, retry_after=int(WINDOW.total_seconds()))
    if is_right(account, asked, answer):
        FailedAnswer.objects.filter(account=account).delete()
        return True
    refuse_answer(account, by=by)
    return False


@act("recovery.refuse_answer", _("Réponse secrète refusée"))
def refuse_answer(account: Account, *, by: Actor) -> None:
    """Count it, and tell the schools."""
    FailedAnswer.objects.create(account=account)
    record("recovery.refuse_answer", account, by=by, schools=schools_opened_by(account))


@act("recovery.purge_answers", _("Réponses refusées oubliées"))
def purge_answers(*, by: Actor) -> int:
    """Delete those that count no more. Returns how many. Call inside `scope.EVERYTHING`."""
    removed, _kinds = FailedAnswer.objects.filter(at__lte=timezone.now() - CODE_LASTS).delete()
    record("recovery.purge_answers", by=by, details={"removed": removed})
    return removed
