"""What a new account receives, and how long one must wait after too many wrong passwords."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from ent.core import crypto
from ent.foundation.accounts.models import Account, FailedPassword

# Syllables that are read aloud without doubt, and digits that look like no letter.
CONSONANTS = "bcdfgjklmnprstvz"
VOWELS = "aeiou"
DIGITS = "23456789"
FIRST_PAUSE = timedelta(seconds=5)


def plain(text: str) -> str:
    """Small letters without accents: « Élodie » gives « elodie »."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def free_identifier(first_name: str, last_name: str) -> str:
    """`prenom.nom`, with the next number when someone has it already."""
    words = (re.sub(r"[^a-z]+", "-", plain(word)).strip("-") for word in (first_name, last_name))
    base = ".".join(filter(None, words))[:70] or "compte"
    pattern = rf"^{re.escape(base)}[0-9]{{0,6}}$"
    taken = Account.objects.filter(identifier__iregex=pattern).values_list("identifier", flat=True)
    numbers = [int(identifier[len(base) :] or 1) for identifier in taken]
    return f"{base}{max(numbers) + 1}" if numbers else base


def provisional_password() -> str:
    """« Kemu-tavo-2739 »: about 38 bits, to be changed at the first sign-in; it meets the rules of passwords."""
    syllables = [secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(4)]
    digits = "".join(secrets.choice(DIGITS) for _ in range(4))
    return f"{''.join(syllables[:2]).capitalize()}-{''.join(syllables[2:])}-{digits}"


def password_version(account: Account) -> str:
    """Names the password in force without telling anything of it: what a form to replace it was shown for."""
    return account.get_session_auth_hash()[:16]


@dataclass(frozen=True)
class Attempt:
    """Somebody gives a password: for which account (None: there is none of that name), and from which address."""

    account: Account | None
    account_key: bytes
    address_key: bytes | None


def attempt_on(identifier: str, address: str, browser: str = "") -> Attempt:
    """What an attempt is counted under; `address` may be unknown (empty).

    `browser` names one in which the account was opened before: it counts apart, so that whoever tries passwords at
    another computer of the school, on the same network, keeps nobody out of their own telephone.
    """
    account = Account.objects.filter(identifier__iexact=identifier.strip()).first()
    # The identifier as it is kept, where there is one: PostgreSQL finds it under other letters too (« ſ » for « s »).
    named = account.identifier if account else identifier.strip()
    if browser:
        return Attempt(account, _key(f"{named.lower()}|{browser}", b"browser"), None)
    return Attempt(account, account_key(named), _key(address, b"address") if address else None)


def account_key(identifier: str) -> bytes:
    return _key(identifier.lower(), b"account")


def _key(text: str, kind: bytes) -> bytes:
    return crypto.fingerprint(text, purpose=b"failed password " + kind)


def failures_since() -> datetime:
    """The beginning of the sliding window in which failures count."""
    return timezone.now() - timedelta(minutes=settings.PASSWORD_WINDOW_MINUTES)


def failures_of_account(attempt: Attempt) -> int:
    return FailedPassword.objects.filter(account_key=attempt.account_key, at__gt=failures_since()).count()


def failures_of_address(attempt: Attempt) -> int:
    return FailedPassword.objects.filter(address_key=attempt.address_key, at__gt=failures_since()).count()


def wait_before(attempt: Attempt) -> int:
    """Seconds until a password is looked at again for this account and this address; 0: at once."""
    # The place is free when the oldest failure of those that fill it leaves the window.
    ends = [at - failures_since() for at in _oldest_that_fill(attempt)]
    ends += [until - timezone.now() for until in _pause(attempt)]
    return max((int(left.total_seconds()) + 1 for left in ends if left > timedelta()), default=0)


def _pause(attempt: Attempt) -> Iterator[datetime]:
    """Before the account is full: each failure after the first few costs twice the time of the one before."""
    recent = FailedPassword.objects.filter(at__gt=failures_since(), account_key=attempt.account_key)
    times = list(recent.order_by("-at").values_list("at", flat=True)[: settings.PASSWORD_FAILURES])
    beyond = len(times) - settings.PASSWORD_FREE_FAILURES
    if beyond >= 0 and times:
        yield times[0] + FIRST_PAUSE * 2**beyond


def _oldest_that_fill(attempt: Attempt) -> Iterator[datetime]:
    recent = FailedPassword.objects.filter(at__gt=failures_since()).order_by("-at").values_list("at", flat=True)
    most = settings.PASSWORD_FAILURES
    yield from recent.filter(account_key=attempt.account_key)[most - 1 : most]
    if attempt.address_key:
        most = settings.PASSWORD_FAILURES_ADDRESS
        yield from recent.filter(address_key=attempt.address_key)[most - 1 : most]
