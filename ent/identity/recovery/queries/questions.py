"""What is asked of an apprentice beside the code that the CFA hands them."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import check_password
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.directory.enums import Profile
from ent.directory.models import Membership, Person
from ent.foundation.accounts.models import Account
from ent.identity.recovery.enums import Question
from ent.identity.recovery.models import FailedAnswer, SecretAnswer
from ent.identity.signin.queries.entrances import is_guarded

WINDOW = timedelta(minutes=15)
MOST_WRONG = 5
# For as long as a code is good: a birth date has few values.
CODE_LASTS = timedelta(days=2)
MOST_WRONG_EVER = 15
BIRTH_DATE = "naissance"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: one of those they have chosen, else their birth date as the CFA knows it."""

    name: str
    label: str


def is_apprentice(account: Account) -> bool:
    """Call inside `scope.EVERYTHING`."""
    members = Membership.objects.opening().filter(person__account=account)
    return members.filter(profile=Profile.APPRENTICE).exists()


def question_for(account: Account) -> Asked | None:
    """What to ask of an apprentice whose password was handed to them; None of anybody else, or where nothing can be
    asked. A second factor says more. Call inside `scope.EVERYTHING`."""
    if not account.must_change_password or not is_apprentice(account) or is_guarded(account):
        return None
    kept = SecretAnswer.objects.filter(account=account).order_by("pk")
    if kept:
        # The next one after each wrong answer: two tries at one question are two questions.
        row = kept[wrong_answers(account) % len(kept)]
        return Asked(row.question, str(Question(row.question).label))
    known = Person.objects.filter(account=account, birth_date__isnull=False).exists()
    return Asked(BIRTH_DATE, _("Votre date de naissance")) if known else None


def wrong_answers(account: Account, since: timedelta = CODE_LASTS) -> int:
    """Those of the last two days, or since less long."""
    return FailedAnswer.objects.filter(account=account, at__gt=timezone.now() - since).count()


def is_right(account: Account, asked: Asked, answer: str) -> bool:
    """Case, accents and spaces do not count."""
    if asked.name == BIRTH_DATE:
        return Person.objects.filter(account=account, birth_date=_day(answer), birth_date__isnull=False).exists()
    row = SecretAnswer.objects.filter(account=account, question=asked.name).first()
    return row is not None and check_password(plain_answer(answer), row.answer)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def plain_answer(text: str) -> str:
    """« Saint-Cyr sur Loire » and « saint cyr-sur-loire » are one answer."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in bare if sign.isalnum())
