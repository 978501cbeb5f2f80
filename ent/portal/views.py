"""The home page and what is around every page."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.core.pages import Request, back, endpoint, page, see_other
from ent.core.templatetags.ent import french_date
from ent.foundation.accounts.actions import choose_theme
from ent.foundation.notifications.actions import mark_read, set_preferences
from ent.foundation.notifications.queries import inbox, preferences
from ent.foundation.search.queries import search as find
from ent.identity.firststeps.actions import take_step
from ent.identity.signin.queries.entrances import protections
from ent.portal.permissions import can_switch_to_child
from ent.portal.queries import home_widgets, switcher_choices

THEMES = [("", gettext_lazy("Comme l’appareil")), ("light", gettext_lazy("Clair")), ("dark", gettext_lazy("Sombre"))]


@endpoint("GET")
def home(request: Request) -> HttpResponse:
    """Each person's own home."""
    viewer = request.viewer
    context = {
        "title": _("Bonjour %(name)s") % {"name": viewer.person.first_name},
        "subtitle": french_date(timezone.localdate()).capitalize(),
        "columns": home_widgets(viewer),
    }
    return page(request, "portal/home.html", context)


@endpoint("POST")
def switch(request: Request) -> HttpResponse:
    """Change school, profile or child: `m…`, `v…`, `region`, `c…`."""
    viewer = request.viewer
    value = request.POST.get("choix", "")
    if value.startswith("c") and can_switch_to_child(viewer, value[1:]):
        request.session["child"] = int(value[1:])
        return back(request, "/")
    if value in {choice.value for choice in switcher_choices(viewer)}:
        request.session["choice"] = value
        return see_other("portal:home")
    messages.error(request, _("Ce choix n’est plus possible. La liste a été mise à jour."))
    return see_other("portal:home")


@endpoint("GET")
def search(request: Request) -> HttpResponse:
    """People, classes and groups that this person may see."""
    text = request.GET.get("q", "").strip()[:100]
    viewer = request.viewer
    groups = find(viewer, text) if text else []
    found = sum(len(group.results) for group in groups)
    context = {"title": _("Rechercher"), "text": text, "groups": groups, "found": found}
    return page(request, "portal/search.html", context)


@endpoint("GET", "POST")
def notifications(request: Request) -> HttpResponse:
    """What happened; POST marks one or all as read."""
    viewer = request.viewer
    if request.method == "POST":
        mark_read(viewer.account.pk, request.POST.get("notification", ""), by=viewer.actor)
        return see_other("portal:notifications")
    context = {"title": _("Notifications"), "inbox": inbox(viewer.account.pk)}
    return page(request, "portal/notifications.html", context)


@endpoint("GET", "POST")
def account(request: Request) -> HttpResponse:
    """One's own account: identity, theme, notification preferences, devices."""
    viewer = request.viewer
    if request.method == "POST":
        choose_theme(viewer.account, request.POST.get("theme", ""), by=viewer.actor)
        messages.success(request, _("Thème enregistré."))
        return see_other("portal:account")
    context = {
        "title": _("Mon compte"),
        "account": viewer.account,
        "themes": THEMES,
        "protections": [line for found in protections for line in found(viewer.account)],
    }
    return page(request, "portal/account.html", context)


@endpoint("GET", "POST")
def notification_preferences(request: Request) -> HttpResponse:
    """By which channel one is told of what."""
    viewer = request.viewer
    if request.method == "POST":
        set_preferences(viewer.account.pk, request.POST.getlist("choix"), by=viewer.actor)
        take_step(viewer.account, "notifications", by=viewer.actor)
        messages.success(request, _("Préférences enregistrées."))
        return see_other("portal:notification_preferences")
    context = {"title": _("Être prévenu"), "preferences": preferences(viewer.account.pk)}
    return page(request, "portal/notification_preferences.html", context)


@endpoint("GET")
def more(request: Request) -> HttpResponse:
    """On a phone, the whole navigation as a page."""
    return page(request, "portal/more.html", {"title": _("Plus")})


@endpoint("GET", public=True)
def accessibility(request: Request) -> HttpResponse:
    return page(request, "portal/accessibility.html", {"title": _("Accessibilité")})


@endpoint("GET", public=True)
def privacy(request: Request) -> HttpResponse:
    return page(request, "portal/privacy.html", {"title": _("Données personnelles")})


@endpoint("GET", public=True)
def legal(request: Request) -> HttpResponse:
    return page(request, "portal/legal.html", {"title": _("Mentions légales")})
