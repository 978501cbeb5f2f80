"""What lies at rest opens only unchanged, whole, in order, and under its own key and purpose."""

import base64
import io
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from ent.core import crypto
from ent.core.crypto import SEGMENT, SEGMENTS_HEAD, TAG, CannotOpen

KEY = bytes(range(32))
CONTENT = os.urandom(2 * SEGMENT + 100)


def encrypted(content: bytes, key: bytes = KEY) -> bytes:
    return b"".join(crypto.encrypt_segments([content], key=key))


def decrypted(content: bytes, key: bytes = KEY) -> bytes:
    return b"".join(crypto.decrypt_segments(io.BytesIO(content), key=key))


SEALED = encrypted(CONTENT)
HEAD = len(SEGMENTS_HEAD)


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 7])
def test_a_content_of_any_size_comes_back(size: int) -> None:
    content = os.urandom(size)
    sealed = encrypted(content)
    assert decrypted(sealed) == content
    assert len(sealed) == crypto.encrypted_size(size)


@given(st.lists(st.binary(max_size=3 * SEGMENT // 2), max_size=6))
def test_the_cuts_in_which_a_content_arrives_do_not_matter(parts: list[bytes]) -> None:
    assert b"".join(crypto.encrypt_segments(parts, key=KEY)) == encrypted(b"".join(parts))


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= change
    with pytest.raises(CannotOpen):
        decrypted(bytes(changed))


@given(st.integers(0, len(SEALED) - 1))
def test_no_end_can_be_cut_off(length: int) -> None:
    with pytest.raises(CannotOpen):
        decrypted(SEALED[:length])


def test_a_cut_between_two_segments_is_seen() -> None:
    with pytest.raises(CannotOpen, match="segment 1"):
        decrypted(SEALED[: HEAD + 2 * (SEGMENT + TAG)])


@given(st.binary(min_size=1, max_size=2 * SEGMENT))
def test_nothing_can_be_added(more: bytes) -> None:
    with pytest.raises(CannotOpen):
        decrypted(SEALED + more)


def test_segments_cannot_change_places() -> None:
    step = SEGMENT + TAG
    first, second, rest = SEALED[HEAD : HEAD + step], SEALED[HEAD + step : HEAD + 2 * step], SEALED[HEAD + 2 * step :]
    with pytest.raises(CannotOpen, match="segment 0"):
        decrypted(SEGMENTS_HEAD + second + first + rest)


def test_what_was_yielded_before_the_change_is_authentic() -> None:
    changed = bytearray(SEALED)
    changed[-1] ^= 1
    parts = crypto.decrypt_segments(io.BytesIO(bytes(changed)), key=KEY)
    assert next(parts) == CONTENT[:SEGMENT]
    assert next(parts) == CONTENT[SEGMENT : 2 * SEGMENT]
    with pytest.raises(CannotOpen):
        next(parts)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        decrypted(SEALED, key=bytes(32))


@given(st.data())
def test_a_sealed_value_opens_only_unchanged(data: st.DataObject) -> None:
    sealed = bytearray(crypto.seal("élève".encode(), purpose=b"here"))
    assert crypto.unseal(bytes(sealed), purpose=b"here").decode() == "élève"
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        crypto.unseal(bytes(sealed), purpose=b"here")


def test_a_value_sealed_for_one_purpose_does_not_open_for_another() -> None:
    with pytest.raises(CannotOpen):
        crypto.unseal(crypto.seal(b"x", purpose=b"table.phone"), purpose=b"table.mail")


def test_an_older_master_key_still_opens_and_the_first_one_seals(settings) -> None:
    old = crypto.seal(b"x", purpose=b"p")
    settings.MASTER_KEYS = [crypto.new_key("fresh"), *settings.MASTER_KEYS]
    assert crypto.key_names() == ["fresh", "test"]
    assert crypto.unseal(old, purpose=b"p") == b"x"
    assert crypto.key_name(old) == "test"
    assert crypto.key_name(crypto.seal(b"x", purpose=b"p")) == "fresh"


def test_a_value_under_a_key_that_is_gone_names_that_key(settings) -> None:
    old = crypto.seal(b"x", purpose=b"p")
    settings.MASTER_KEYS = [crypto.new_key("fresh")]
    with pytest.raises(CannotOpen, match="“test”"):
        crypto.unseal(old, purpose=b"p")


@pytest.mark.parametrize(
    "keys",
    [
        ["short:" + base64.b64encode(b"x" * 16).decode()],
        [":" + base64.b64encode(b"x" * 32).decode()],
        ["same:" + base64.b64encode(b"x" * 32).decode(), "same:" + base64.b64encode(b"y" * 32).decode()],
    ],
)
def test_a_master_key_of_the_wrong_form_stops_everything(settings, keys: list[str]) -> None:
    settings.MASTER_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        crypto.seal(b"x", purpose=b"p")
