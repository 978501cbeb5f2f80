"""Encryption at rest: AES-256-GCM under named master keys that rotate.

A sealed value is `version (1 byte) | key name length (1) | key name | nonce (12) | ciphertext and tag`.
The first key of `MASTER_KEYS` seals; any of them opens.
"""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
NONCE = 12


class CannotOpen(Exception):
    """The value was changed, or sealed for another purpose, or its key is no longer in MASTER_KEYS."""


def new_key(name: str) -> str:
    """A fresh master key in the form of the setting: `name:base64`."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@cache
def _parsed(keys: tuple[str, ...]) -> dict[str, bytes]:
    parsed: dict[str, bytes] = {}
    for item in keys:
        name, _, encoded = item.partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not 1 <= len(name.encode()) <= 32 or len(key) != 32:
            raise ImproperlyConfigured("ENT_MASTER_KEYS takes name:base64 items, each of 32 bytes.")
        parsed[name] = key
    return parsed


def _keys() -> dict[str, bytes]:
    return _parsed(tuple(settings.MASTER_KEYS))


@cache
def _cipher(key: bytes, purpose: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"ent seal " + purpose, hashlib.sha256))


def current_key_name() -> str:
    return next(iter(_keys()))


def seal(plain: bytes, *, purpose: bytes) -> bytes:
    """Encrypt `plain`; it opens only with the same `purpose` (e.g. the table and column)."""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE)
    label = name.encode()
    head = VERSION + bytes([len(label)]) + label
    return head + nonce + _cipher(key, purpose).encrypt(nonce, plain, head)


def unseal(sealed: bytes, *, purpose: bytes) -> bytes:
    """Decrypt what `seal` made. Raises `CannotOpen`."""
    head, name, body = _split(sealed)
    key = _keys().get(name)
    if key is None:
        raise CannotOpen(f"no master key is named “{name}”")
    try:
        return _cipher(key, purpose).decrypt(body[:NONCE], body[NONCE:], head)
    except InvalidTag as error:
        raise CannotOpen("the sealed value does not open") from error


def key_name(sealed: bytes) -> str:
    """The master key that sealed this value."""
    return _split(sealed)[1]


def fingerprint(text: str, *, purpose: bytes) -> bytes:
    """A keyed hash that finds an encrypted value again (16 bytes), stable while SECRET_KEY is."""
    key = hashlib.sha256(b"ent fingerprint " + purpose + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, text.encode(), hashlib.sha256)[:16]


def _split(sealed: bytes) -> tuple[bytes, str, bytes]:
    if len(sealed) < 3 or sealed[:1] != VERSION or len(sealed) < 2 + sealed[1] + NONCE + 16:
        raise CannotOpen("this is not a sealed value")
    end = 2 + sealed[1]
    return sealed[:end], sealed[2:end].decode(), sealed[end:]
