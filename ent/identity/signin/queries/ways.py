"""The ways in that the page « Qui êtes-vous ? » offers, and the one that this device remembers."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School
from ent.identity.signin.enums import Audience
from ent.identity.signin.queries.entrances import Way, ways

LOCAL = "local"
COOKIE = "ent_way_in"
KEEP = 365 * 24 * 3600
ORDER = list(Audience)


def ways_in(request: HttpRequest) -> list[Way]:
    """Every way, the one that this device remembers first, then in the order of their audiences."""
    url = reverse("signin:sign_in") + "?avec=identifiant"
    local = Way(LOCAL, Audience.LOCAL, _("Avec un identifiant du CFA ou du lycée"), url)
    kept = way_kept(request)
    found = [*(way for give in ways for way in give()), local]
    return sorted(found, key=lambda way: (way.name != kept, ORDER.index(Audience(way.audience)), way.name))


def must_choose(request: HttpRequest) -> bool:
    """Whether to ask who comes before any form: not on a device that remembers the form, nor from a sheet of paper."""
    asked = {"avec", "identifiant"} & request.GET.keys()
    return not asked and way_kept(request) != LOCAL and len(ways_in(request)) > 1


def is_of_school(way: Way, school: School) -> bool:
    """Agricultural education has its own directory; the apprentices of a CFA have none, its staff may have one."""
    others = {
        SchoolKind.AGRICULTURAL: {Audience.FAMILIES, Audience.STAFF},
        SchoolKind.CFA: {Audience.FAMILIES, Audience.AGRICULTURE},
    }
    return way.audience not in others.get(SchoolKind(school.kind), {Audience.AGRICULTURE})


def way_kept(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def keep_way(request: HttpRequest, response: HttpResponse, name: str) -> None:
    response.set_cookie(
        COOKIE, name, max_age=KEEP, httponly=True, secure=request.is_secure(), samesite="Lax", path="/connexion/"
    )


def forget_way(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path="/connexion/")
