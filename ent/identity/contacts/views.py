"""One's own contact details: right, or not."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.queries.cards import contact_of
from ent.foundation.schools import scope
from ent.identity.contacts.actions import check_contacts
from ent.identity.contacts.forms import WrongForm
from ent.identity.contacts.queries import check_of
from ent.identity.signin.queries.entrances import go_on, step_of


@endpoint("GET", "POST")
def check(request: Request) -> HttpResponse:
    """What the school knows of how to reach the viewer: they confirm it, or say what has changed."""
    person = request.viewer.person
    is_right = "exact" in request.POST
    form = WrongForm(request.POST if request.method == "POST" and not is_right else None)
    if request.method == "POST" and (is_right or form.is_valid()):
        wrong = "" if is_right else form.cleaned_data["wrong"]
        with scope.use(scope.EVERYTHING):
            check_contacts(request.viewer.account, wrong=wrong, by=request.viewer.actor)
        messages.success(request, _("Merci, c’est transmis à l’établissement.") if wrong else _("Merci, c’est noté."))
        return see_other(go_on(request))
    context = {
        "title": _("Vos coordonnées"),
        "person": person,
        "contact": contact_of(person),
        "form": form,
        "last": check_of(request.viewer.account),
        "step": step_of(request),
        "step_label": _("coordonnées"),
    }
    return page(request, "contacts/check.html", context, status=422 if form.errors else 200)
