"""Asking a provider something over the network: within a time and a size, never redirected elsewhere."""

import json
from collections.abc import Mapping
from typing import Any

import urllib3

LONGEST = 512 * 1024
TIMES = urllib3.Timeout(connect=3, read=5)
pool = urllib3.PoolManager(timeout=TIMES, retries=False, maxsize=8)


class Unreachable(Exception):
    """No answer, or not one to rely on."""


def fetch(url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, fields: Any = None) -> bytes:
    """The content of a 200 answer. Raises `Unreachable`."""
    sent: dict[str, Any] = {"headers": dict(headers or {}), "redirect": False, "preload_content": False}
    if fields is not None:
        sent |= {"fields": fields, "encode_multipart": False}
    try:
        answer = pool.request(method, url, **sent)
        try:
            content = answer.read(LONGEST + 1)
        finally:
            answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError) as problem:
        raise Unreachable(str(problem)) from problem
    if answer.status != 200 or len(content) > LONGEST:
        raise Unreachable(f"status {answer.status}, {len(content)} bytes")
    return bytes(content)


def fetch_json(url: str, **options: Any) -> dict[str, Any]:
    """Raises `Unreachable` where the answer is no JSON object."""
    try:
        told = json.loads(fetch(url, **options))
    except ValueError as problem:
        raise Unreachable("not JSON") from problem
    if not isinstance(told, dict):
        raise Unreachable("not a JSON object")
    return told
