"""What a browser carries between leaving for a provider and being in: sealed cookies, no row.

The **way** is kept while the person is at the provider, one cookie for each, so that two tabs do not mix. The
**arrival** is what the provider has told, once checked: it is carried from the provider's POST, which comes without
our own cookies (SameSite), to a page of ours, which has them.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ent.core import crypto
from ent.identity.federation.enums import Purpose

WAY_S = 10 * 60
ARRIVAL_S = 2 * 60
# Time to read the profiles between which one chooses.
CHOICE_S = 10 * 60
ARRIVAL = "ent_arrival"
PATH = "/connexion/"

T = TypeVar("T", "Way", "Arrival")


@dataclass(frozen=True, slots=True)
class Way:
    """One leaving for a provider. `account` is who left already signed in, 0 for nobody."""

    id: str
    provider: str
    purpose: str
    next_page: str
    request_id: str = ""
    nonce: str = ""
    verifier: str = ""
    account: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has come: the accounts their identity opens, and what to say where it opens none."""

    id: str
    provider: str
    purpose: str
    next_page: str
    key: str
    accounts: tuple[int, ...]
    name: str
    method: str
    reason: str = ""
    left_as: int = 0
    # What the provider calls them and this session, for its single logout (see `Told`).
    holder: str = ""
    index: str = ""
    hint: str = ""


def new_id() -> str:
    return secrets.token_hex(12)


def seal(value: Way | Arrival) -> str:
    """Text that only we can read or make, and its hour."""
    told: dict[str, Any] = asdict(value) | {"at": int(timezone.now().timestamp())}
    plain = json.dumps(told, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(crypto.seal(plain, purpose=_purpose(type(value)))).decode()


def _open(kind: type[T], text: str, lasts: int) -> T | None:
    try:
        told = json.loads(crypto.unseal(base64.urlsafe_b64decode(text), purpose=_purpose(kind)))
    except (crypto.CannotOpen, ValueError):
        return None
    if timezone.now().timestamp() - told.pop("at") > lasts:
        return None
    if kind is Arrival:
        told["accounts"] = tuple(told["accounts"])
    return kind(**told)


def _purpose(kind: type) -> bytes:
    return b"federation." + kind.__name__.lower().encode()


def way_cookie(id: str) -> str:
    return f"ent_way_{id}"


def keep_way(request: HttpRequest, response: HttpResponse, way: Way) -> None:
    """Over TLS the cookie comes with the provider's POST, from another site; a plain development server has no other
    site to come from."""
    secure = request.is_secure()
    response.set_cookie(
        way_cookie(way.id), seal(way), max_age=WAY_S, path=PATH, httponly=True, secure=secure,
        samesite="None" if secure else "Lax",
    )  # fmt: skip


def way_of(request: HttpRequest, id: str, provider: str) -> Way | None:
    """The way that this browser went by, to this provider, in the last minutes."""
    if not id.isalnum() or len(id) > 40:
        return None
    way = _open(Way, request.COOKIES.get(way_cookie(id), ""), WAY_S)
    return way if way is not None and way.id == id and way.provider == provider else None


def keep_arrival(request: HttpRequest, response: HttpResponse, arrival: Arrival) -> None:
    response.delete_cookie(way_cookie(arrival.id), path=PATH)
    secure = request.is_secure()
    response.set_cookie(
        ARRIVAL, seal(arrival), max_age=ARRIVAL_S, path=PATH, httponly=True, secure=secure, samesite="Lax"
    )


def arrival_of(request: HttpRequest) -> Arrival | None:
    return unseal_arrival(request.COOKIES.get(ARRIVAL, ""), ARRIVAL_S)


def unseal_arrival(text: str, lasts: int) -> Arrival | None:
    """What was sealed at most `lasts` seconds ago."""
    return _open(Arrival, text, lasts)


def forget_arrival(response: HttpResponse) -> None:
    response.delete_cookie(ARRIVAL, path=PATH)


def is_for_somebody_signed_in(purpose: str) -> bool:
    return purpose in {Purpose.LINK, Purpose.CONFIRM, Purpose.MERGE}
