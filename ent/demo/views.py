"""Signing in as a demonstration person, in one click."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.core.errors import Refused
from ent.core.pages import Request, endpoint, safe_next, see_other
from ent.demo.queries import find_person
from ent.foundation.schools import scope
from ent.identity.signin.actions.sessions import actor_of, open_session
from ent.identity.signin.queries.entering import prove_again


@endpoint("POST", public=True)
def sign_in_as(request: Request) -> HttpResponse:
    """Open a session for the demonstration person chosen."""
    with scope.use(scope.EVERYTHING):
        person = find_person(request.POST.get("personne", ""))
    if person is None or person.account is None:
        raise Refused(_("Cette personne ne fait pas partie de la démonstration."))
    open_session(request, person.account, by=actor_of(person.account, person.full_name), method="demo")
    prove_again(request)
    return see_other(safe_next(request, reverse("portal:home")))
