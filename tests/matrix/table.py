"""Who gets what at which address: one line for each method of each address, one status for each of the cast.

A line reads `METHOD namespace:name target, …`; each target is a person, a class, a group, a school or a thing of the
cast, one for each part of the address that varies. `signed_in(200)` says what everyone signed in gets, then who gets
something else; a stranger is sent to the sign-in page (303) unless the line says otherwise.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.cast import MEMBERS


@dataclass(frozen=True)
class Line:
    """`statuses` by member of the cast; `body` is what a POST sends."""

    statuses: dict[str, int]
    body: dict[str, Any] = field(default_factory=dict)


def everyone(status: int, body: dict[str, Any] | None = None, **others: int) -> Line:
    assert others.keys() <= set(MEMBERS), others
    return Line(dict.fromkeys(MEMBERS, status) | others, body or {})


def signed_in(status: int, body: dict[str, Any] | None = None, **others: int) -> Line:
    return everyone(status, body, **({"stranger": 303} | others))


def staff(status: int, **others: int) -> Line:
    """The staff of a school; the region has none."""
    return signed_in(status, **({"region_officer": 403} | others))


def of_lycee(status: int, **others: int) -> Line:
    """A thing of the lycée: its people and Inès's mother; for anyone else it does not exist."""
    outside = dict.fromkeys(("malo", "karim", "lucas", "m_tessier", "region_officer"), 404)
    return signed_in(status, **(outside | others))


TABLE: dict[str, Line] = {
    # Machines and the end of the road.
    "GET core:healthz": everyone(200),
    "GET core:readyz": everyone(200),
    "GET core:offline": everyone(200),
    "GET core:service_worker": everyone(200),
    "GET core:style_guide": everyone(200),
    # Signing in and out.
    "GET signin:sign_in": everyone(303, stranger=200),
    "POST signin:sign_in": everyone(422, {"identifier": "ines.moreau", "password": "faux"}),
    "POST signin:sign_out": everyone(303),
    "GET signin:sessions": signed_in(200),
    "POST signin:close_session": signed_in(303),
    # Home and what is around every page.
    "GET portal:home": signed_in(200),
    "POST portal:switch": signed_in(303),
    "GET portal:search": signed_in(200),
    "GET portal:notifications": signed_in(200),
    "POST portal:notifications": signed_in(303),
    "GET portal:account": signed_in(200),
    "POST portal:account": signed_in(303),
    "GET portal:notification_preferences": signed_in(200),
    "POST portal:notification_preferences": signed_in(303),
    "GET portal:more": signed_in(200),
    "GET portal:accessibility": everyone(200),
    "GET portal:privacy": everyone(200),
    "GET portal:legal": everyone(200),
    # The demonstration: nobody of that name.
    "POST demo:sign_in_as": everyone(409, {"personne": "personne"}),
    # The directory: one's own school; families, their children's; the region, no school without a visit.
    "GET directory:people": signed_in(200, region_officer=403),
    "GET directory:person ines": of_lycee(200),
    "GET directory:divisions": staff(200, ines=403, malo=403, claire=403, karim=403, lucas=403),
    "GET directory:division 2de 4": of_lycee(200),
    "GET directory:division_file 2de 4": of_lycee(200, ines=403, claire=403),
    "GET directory:group 2DE4GR1": of_lycee(200),
    "GET directory:group_file 2DE4GR1": of_lycee(200, ines=403, claire=403),
    "GET directory:school": signed_in(200, region_officer=403),
    "GET directory:school_card lycee": of_lycee(200, region_officer=200),
    # A file that was imported in the collège.
    "GET files:download import_file": signed_in(404, m_tessier=200, malo=403, claire=403),
}
