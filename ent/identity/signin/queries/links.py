"""The tokens of mailed links: worked out from a row, never kept."""

import base64

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from ent.core import crypto
from ent.foundation.accounts.queries import password_version
from ent.identity.signin.models import MailedLink
from ent.identity.signin.queries.entrances import purposes


def token_of(link: MailedLink) -> str:
    """« 8k2-Zm9v… »: which link, then what only this service can work out (128 bits)."""
    return f"{link.pk:x}-{_seal(link)}"


def link_of(token: str, purpose: str) -> MailedLink | None:
    """The link that this token opens, used or over though it may be; None for a token that was never given.

    Call inside `scope.EVERYTHING`.
    """
    number, _dash, seal = token.partition("-")
    try:
        key = int(number, 16)
    except ValueError:
        return None
    row = MailedLink.objects.select_related("account").filter(pk=key, purpose=purpose).first() if key < 2**63 else None
    return row if row and constant_time_compare(seal, _seal(row)) else None


def is_good(link: MailedLink | None) -> bool:
    """It was given, has not served, and is not over; and nobody has locked its account since."""
    return link is not None and link.used_at is None and link.expires_at > timezone.now() and link.account.is_active


def asked_keys(typed: str, address: str) -> tuple[bytes, bytes | None]:
    """What a request for a link is counted under: keyed hashes of what was typed and of where it came from."""
    return _key(typed.strip().lower()), _key(address) if address else None


def _key(text: str) -> bytes:
    return crypto.fingerprint(text, purpose=b"asked link")


def _seal(link: MailedLink) -> str:
    text = f"{link.pk} {link.purpose} {link.account_id} {bytes(link.nonce).hex()}"
    if purposes[link.purpose].dies_with_password:
        text += f" {password_version(link.account)}"
    digest = salted_hmac("ent.signin.mailed_link", text, algorithm="sha256").digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
