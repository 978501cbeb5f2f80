"""Who has a second factor and who must; what a code or a key is worth.

All of it is asked inside `scope.EVERYTHING`: before a session opens there is no other scope.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.http import HttpRequest
from django.utils import timezone

from ent.core import crypto
from ent.directory.enums import STAFF_PROFILES
from ent.directory.models import Delegation, Membership
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.secondfactor.enums import Kind
from ent.identity.secondfactor.models import FailedCode, RecoveryCode, SecondFactor, TrustedDevice

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226, section 4: 160 bits
CODES = 10
TRUST = timedelta(days=7)
MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)
# Letters and figures that are read aloud without doubt.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def factors_of(account: Account) -> list[SecondFactor]:
    """Those in service, the oldest first."""
    return list(SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).order_by("created_at", "pk"))


def has_factor(account: Account) -> bool:
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def must_have_factor(account: Account) -> bool:
    """Staff of any school, and whoever administers a school or the region (CNIL 2022-100, ANSSI)."""
    works = Membership.objects.not_over().filter(person__account=account, profile__in=STAFF_PROFILES)
    administers = Delegation.objects.not_over().filter(person__account=account)
    return works.exists() or administers.exists()


def staff_without_factor(school: School) -> int:
    """How many of a school's staff have activated their account and have no second factor yet."""
    guarded = SecondFactor.objects.filter(confirmed_at__isnull=False).values("account")
    with scope.use(scope.EVERYTHING):
        staff = Membership.objects.on().filter(school=school, profile__in=STAFF_PROFILES)
        active = staff.filter(person__account__activated_at__isnull=False).exclude(person__account__in=guarded)
        return active.values("person").distinct().count()


def codes_left(account: Account) -> int:
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def new_codes() -> list[str]:
    """Ten codes of 39 bits, such as « 4f9k-27rd »."""
    return ["-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(2)) for _ in range(CODES)]


def code_digest(account: Account, code: str) -> bytes:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return crypto.fingerprint(f"{account.pk} {plain}", purpose=b"recovery code")


def step_of_code(secret: bytes, code: str, *, after: int, now: datetime | None = None) -> int | None:
    """The period whose code this is: the present one, the one before or the one after (RFC 6238, section 5.2).

    None for a wrong code, and for one of a period that is not later than `after`: it has served.
    """
    totp = TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)  # noqa: S303 — what applications know
    present = int((now or timezone.now()).timestamp()) // STEP_S
    matching = [
        step
        for step in (present - 1, present, present + 1)
        if hmac.compare_digest(totp.generate(step * STEP_S), code.encode())
    ]
    return next((step for step in matching if step > after), None)


@dataclass(frozen=True)
class Link:
    """What an application needs to be linked: an address, its picture, and the key that says the same in letters."""

    uri: str
    picture: str
    key: str


def link_of(factor: SecondFactor, label: str) -> Link:
    """`label` names the account in the application."""
    assert factor.secret is not None
    totp = TOTP(factor.secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)  # noqa: S303
    uri = totp.get_provisioning_uri(label, "Mon ENT Touraine")
    key = base64.b32encode(factor.secret).decode()
    groups = " ".join(key[start : start + 4] for start in range(0, len(key), 4))
    return Link(uri, segno.make(uri, error="m").svg_data_uri(border=2, dark="#000", light="#fff"), groups)


def seconds_to_wait(account: Account) -> int:
    """Until a code is looked at again, 0: at once. The oldest of the failures that fill the window must leave it."""
    since = timezone.now() - WINDOW
    recent = FailedCode.objects.filter(account=account, at__gt=since).order_by("-at").values_list("at", flat=True)
    filling = list(recent[MOST_FAILURES - 1 : MOST_FAILURES])
    return int((filling[0] - since).total_seconds()) + 1 if filling else 0


# --- Trusted devices ---


def trust_cookie(account: Account) -> str:
    """The name of the cookie: a browser may be trusted by several people of one home."""
    return f"ent_confiance_{crypto.fingerprint(str(account.pk), purpose=b'trusted device name').hex()[:12]}"


def token_digest(account: Account, token: str) -> bytes:
    return crypto.fingerprint(f"{account.pk} {token}", purpose=b"trusted device")


def is_trusted(request: HttpRequest, account: Account) -> bool:
    """Whether this browser was trusted with this account, in the last days."""
    token = request.COOKIES.get(trust_cookie(account), "")
    rows = TrustedDevice.objects.filter(account=account, digest=token_digest(account, token))
    return bool(token) and rows.filter(expires_at__gt=timezone.now()).exists()


def trusted_devices(account: Account) -> list[TrustedDevice]:
    rows = TrustedDevice.objects.filter(account=account, expires_at__gt=timezone.now())
    return list(rows.order_by("-created_at"))


def passkeys_of(account: Account) -> list[SecondFactor]:
    return [factor for factor in factors_of(account) if factor.kind == Kind.PASSKEY]
