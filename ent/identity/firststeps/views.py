"""One's first steps: all of them, and how the application is installed."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.identity.firststeps.actions import put_off, take_step
from ent.identity.firststeps.queries import steps_of

APPLICATION = "application"


@endpoint("GET", "POST")
def steps(request: Request) -> HttpResponse:
    """Where one stands; POST puts off what is left."""
    account = request.viewer.account
    standing = steps_of(account)
    if request.method == "POST":
        put_off(account, [one.name for one in standing if not one.is_done], by=request.viewer.actor)
        messages.success(request, _("C’est noté. Vous les retrouverez dans « Mon compte »."))
        return see_other("portal:home")
    return page(request, "firststeps/steps.html", {"title": _("Premiers pas"), "steps": standing})


@endpoint("GET", "POST")
def install(request: Request) -> HttpResponse:
    """How to have the application on one's phone; POST says that it is done."""
    if request.method == "POST":
        take_step(request.viewer.account, APPLICATION, by=request.viewer.actor)
        messages.success(request, _("Bravo\u202f! L’application s’ouvre désormais d’un geste."))
        return see_other("portal:home")
    return page(request, "firststeps/install.html", {"title": _("Installer l’application")})
