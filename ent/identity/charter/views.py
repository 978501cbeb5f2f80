"""Agreeing to the charter at a sign-in, reading it again, and the region's pages where it is published."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.enums import Family
from ent.directory.views.administration.frame import check_region
from ent.foundation.schools import scope
from ent.identity.charter.actions import accept_charter, publish_charter
from ent.identity.charter.forms import AcceptForm, CharterForm
from ent.identity.charter.models import Charter
from ent.identity.charter.queries import accepted_by, first_words, lines, to_accept
from ent.identity.signin.queries.entrances import go_on, step_of


@endpoint("GET", "POST")
def accept(request: Request) -> HttpResponse:
    """The first charter that waits for the viewer's agreement; another follows, or the page that they were going to."""
    account = request.viewer.account
    with scope.use(scope.EVERYTHING):
        waiting = to_accept(account)
        # The one that was shown: another may have been published meanwhile, which is asked next.
        shown = next((one for one in waiting if str(one.pk) == request.POST.get("charter")), None)
        form = AcceptForm(request.POST if shown else None)
        if shown and form.is_valid():
            accept_charter(account, shown, by=request.viewer.actor)
    if not waiting or form.is_valid():
        return see_other(go_on(request))
    context = {
        "title": _("La charte de l’ENT"),
        "charter": shown or waiting[0],
        "form": form,
        "step": step_of(request),
        "step_label": _("charte"),
    }
    return page(request, "charter/accept.html", context, status=422 if form.errors else 200)


@endpoint("GET")
def accepted(request: Request) -> HttpResponse:
    """What the viewer has agreed to."""
    context = {"title": _("La charte de l’ENT"), "acceptances": accepted_by(request.viewer.account)}
    return page(request, "charter/accepted.html", context)


@endpoint("GET")
def charters(request: Request) -> HttpResponse:
    """The region: the charter of each family, and how many have agreed to it."""
    check_region(request)
    with scope.use(scope.EVERYTHING):
        context = {"title": _("Chartes"), "lines": lines()}
    return page(request, "charter/charters.html", context)


@endpoint("GET", "POST")
def publish(request: Request, family: str) -> HttpResponse:
    """The region: write the next version for a family."""
    check_region(request)
    if family not in Family.values:
        raise Http404
    last = Charter.objects.filter(family=family).order_by("-version").first()
    kind = Family(family)
    initial = {"after": last.version if last else 0, "text": last.text if last else first_words(kind)}
    form = CharterForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        publish_charter(kind, form.cleaned_data["text"], after=form.cleaned_data["after"], by=request.viewer.actor)
        messages.success(request, _("La charte est publiée\u00a0: elle sera demandée à la prochaine connexion."))
        return see_other("charter:charters")
    context = {
        "title": _("Charte\u00a0: %s") % kind.label,
        "form": form,
        "back": reverse("charter:charters"),
        "last": last,
    }
    return page(request, "charter/publish.html", context, status=422 if form.errors else 200)
