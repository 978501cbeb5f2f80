"""What a password must be, for whom (CNIL, deliberation 2022-100 of 21 July 2022, and the charter of the product).

Eight characters with a capital, a figure and a special sign, since tries are slowed down and then stopped; twelve for
staff, who see others' data, unless a second factor guards their account. Refused: what is made of the person's own
names or dates, and what everybody uses.
"""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import STAFF_PROFILES
from ent.directory.models import Delegation, Membership, Person
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import plain
from ent.foundation.schools import scope
from ent.identity.signin.queries.entrances import is_guarded

LEAST, LEAST_STAFF = 8, 12
SHORTEST_NAME = 3
# How figures stand for letters: « M0r3au » is made of Moreau.
DISGUISED = str.maketrans("0134578@$", "oieastbas")


@dataclass(frozen=True)
class Rule:
    """One rule of passwords, and whether a password meets it. `name` is what the page's script knows it by."""

    name: str
    label: str | Promise
    met_by: Callable[[str], bool]


@dataclass(frozen=True)
class Policy:
    """What holds for one person: the least length, and the words of which the password must not be made."""

    least: int
    own_words: tuple[str, ...]

    @property
    def rules(self) -> Sequence[Rule]:
        return (
            Rule("length", _now("%d caractères au moins") % self.least, lambda text: len(text) >= self.least),
            Rule("capital", _("Une majuscule"), lambda text: any(letter.isupper() for letter in text)),
            Rule("digit", _("Un chiffre"), lambda text: any(letter.isdigit() for letter in text)),
            Rule("special", _("Un caractère spécial, par exemple - ! ? &"), lambda text: any(map(is_special, text))),
        )

    def is_own(self, password: str) -> bool:
        """Whether it is made of the person's names, identifier or birth date, disguised or not."""
        text = plain(password)
        return any(word in text or word in text.translate(DISGUISED) for word in self.own_words)


def policy_of(account: Account) -> Policy:
    """Read across all schools: whoever chooses a password may not be signed in yet."""
    with scope.use(scope.EVERYTHING):
        person = Person.objects.filter(account=account).first()
        works = Membership.objects.on().filter(person__account=account, profile__in=STAFF_PROFILES).exists()
        works = works or Delegation.objects.filter(person__account=account, ends=None).exists()
        least = LEAST_STAFF if works and not is_guarded(account) else LEAST
    return Policy(least, tuple(_own_words(account, person)))


def _own_words(account: Account, person: Person | None) -> list[str]:
    words = [account.identifier]
    if person:
        words += [person.first_name, person.last_name, person.birth_name, *_dates(person.birth_date)]
    return [plain(word) for word in words if len(word) >= SHORTEST_NAME]


def _dates(day: date | None) -> list[str]:
    return [f"{day:%d%m%Y}", f"{day:%d%m%y}", f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}"] if day else []


def is_special(letter: str) -> bool:
    return letter in string.punctuation or not (letter.isalnum() or letter.isspace())


def is_common(password: str) -> bool:
    """One of those that everybody uses, as it is or once its figures and signs at the end are taken off
    (« Password-1 »)."""
    try:
        for form in (password, password.rstrip(string.digits + string.punctuation)):
            CommonPasswordValidator().validate(form)
    except ValidationError:
        return True
    return False
