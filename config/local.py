"""Secrets of a development machine: made at first use, kept in var/, readable by their owner only."""

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def secret(file: Path) -> str:
    return _kept(file, lambda: secrets.token_urlsafe(48))


def master_key(file: Path) -> str:
    """A 256-bit key as `name:base64`, the form that ENT_MASTER_KEYS takes."""
    return _kept(file, lambda: "local:" + base64.b64encode(secrets.token_bytes(32)).decode())


def _kept(file: Path, make: Callable[[], str]) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        # link() fails where another process was first: then its secret is the one to use.
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()
