"""Encryption at rest: AES-256-GCM under named master keys that rotate.

A sealed value is `version (1 byte) | key name length (1) | key name | nonce (12) | ciphertext and tag`.
The first key of `MASTER_KEYS` seals; any of them opens.

A long content is cut into segments under a key of its own (`encrypt_segments`): the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár (2015), where each segment's nonce is its rank and whether it is the last.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import count
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
NONCE = 12
TAG = 16

SEGMENT = 64 * 1024
SEGMENTS_HEAD = b"ENT segments 1\n"


class CannotOpen(Exception):
    """The value was changed, or sealed for another purpose, or its key is no longer in MASTER_KEYS."""


def new_key(name: str) -> str:
    """A fresh master key in the form of the setting: `name:base64`."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@cache
def parse_keys(keys: tuple[str, ...]) -> dict[str, bytes]:
    """The master keys by name, from the items of the setting. Raises `ImproperlyConfigured`."""
    parsed: dict[str, bytes] = {}
    for item in keys:
        name, _, encoded = item.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not 1 <= len(name.encode()) <= 32 or len(key) != 32 or name in parsed:
            raise ImproperlyConfigured("ENT_MASTER_KEYS takes name:base64 items, each of 32 bytes, no name twice.")
        parsed[name] = key
    return parsed


def _keys() -> dict[str, bytes]:
    return parse_keys(tuple(settings.MASTER_KEYS))


@cache
def _cipher(key: bytes, purpose: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"ent seal " + purpose, hashlib.sha256))


def key_names() -> list[str]:
    """The names of the master keys; the first is the one that seals."""
    return list(_keys())


def current_key_name() -> str:
    return next(iter(_keys()))


def seal(plain: bytes, *, purpose: bytes) -> bytes:
    """Encrypt `plain`; it opens only with the same `purpose` (e.g. the table and column)."""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE)
    label = name.encode()
    head = VERSION + bytes([len(label)]) + label
    return head + nonce + _cipher(key, purpose).encrypt(nonce, plain, head)


def sealer(*, purpose: bytes) -> Callable[[bytes], bytes]:
    """`seal` for many values of one purpose, with what they share worked out once."""
    name, key = next(iter(_keys().items()))
    head = VERSION + bytes([len(name.encode())]) + name.encode()
    encrypt, urandom = _cipher(key, purpose).encrypt, os.urandom

    def seal_one(plain: bytes) -> bytes:
        nonce = urandom(NONCE)
        return head + nonce + encrypt(nonce, plain, head)

    return seal_one


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
    """A keyed hash (16 bytes) by which a value is found again without being kept; stable while SECRET_KEY is."""
    key = hashlib.sha256(b"ent fingerprint " + purpose + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, text.encode(), hashlib.sha256)[:16]


def encrypt_segments(parts: Iterable[bytes], *, key: bytes) -> Iterator[bytes]:
    """Encrypt a content that arrives in parts of any length, in constant memory. `key` (32 bytes) serves once."""
    cipher = AESGCM(key)
    yield SEGMENTS_HEAD
    waiting = bytearray()
    rank = 0
    for part in parts:
        waiting += part
        while len(waiting) > SEGMENT:  # a full segment waits until it is known whether another follows
            yield cipher.encrypt(_rank_nonce(rank, last=False), bytes(waiting[:SEGMENT]), SEGMENTS_HEAD)
            del waiting[:SEGMENT]
            rank += 1
    yield cipher.encrypt(_rank_nonce(rank, last=True), bytes(waiting), SEGMENTS_HEAD)


def decrypt_segments(stream: BinaryIO, *, key: bytes) -> Iterator[bytes]:
    """Decrypt what `encrypt_segments` made, segment by segment, in constant memory.

    Raises `CannotOpen` at the first segment that was changed, moved, removed or added: what was yielded before is
    authentic, and only an iteration that ends has seen the whole content.
    """
    if stream.read(len(SEGMENTS_HEAD)) != SEGMENTS_HEAD:
        raise CannotOpen("this is not an encrypted content")
    cipher = AESGCM(key)
    segment = stream.read(SEGMENT + TAG)
    for rank in count():
        following = stream.read(SEGMENT + TAG)
        try:
            yield cipher.decrypt(_rank_nonce(rank, last=not following), segment, SEGMENTS_HEAD)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(f"segment {rank} of the content does not open") from error
        if not following:
            return
        segment = following


def encrypted_size(size: int) -> int:
    """The bytes that a content of `size` bytes takes once encrypted."""
    segments = max(1, -(-size // SEGMENT))
    return len(SEGMENTS_HEAD) + size + segments * TAG


def _rank_nonce(rank: int, *, last: bool) -> bytes:
    return rank.to_bytes(NONCE - 1, "big") + bytes([last])


def _split(sealed: bytes) -> tuple[bytes, str, bytes]:
    if len(sealed) < 3 or sealed[:1] != VERSION or len(sealed) < 2 + sealed[1] + NONCE + TAG:
        raise CannotOpen("this is not a sealed value")
    end = 2 + sealed[1]
    return sealed[:end], sealed[2:end].decode(errors="replace"), sealed[end:]
