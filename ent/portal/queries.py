"""What surrounds every page of a signed-in person: navigation, switchers, counts; and the widgets of their home."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.core.widgets import Widget, widgets
from ent.directory import permissions as may
from ent.directory.models import SchoolSettings
from ent.directory.queries.people import chosen_ward, own_places, wards_of
from ent.directory.queries.schools import current_school
from ent.directory.queries.settings import look_of
from ent.directory.queries.wording import title_of
from ent.directory.viewer import Viewer
from ent.foundation.notifications.queries import unread_count
from ent.foundation.schools.models import School


@dataclass(frozen=True, eq=False)
class Place:
    """A page of the navigation, for whom it is `open_to`."""

    label: Any
    url_name: str
    icon: str
    open_to: Callable[[Viewer], bool]
    # The namespaces or names under which this entry is the current one.
    covers: tuple[str, ...] = ()
    # What the bar of a phone says where the label is too long for it.
    short: Any = ""


def everyone(viewer: Viewer) -> bool:
    return True


PLACES = (
    Place(_("Accueil"), "portal:home", "house", everyone),
    Place(_("Annuaire"), "directory:people", "people", may.can_browse_people, ("directory:person",)),
    Place(
        _("Classes et groupes"),
        "directory:divisions",
        "diagram-3",
        may.can_browse_divisions,
        ("directory:group",),
        _("Classes"),
    ),
    Place(_("Établissement"), "directory:school", "signpost-split", may.can_see_school_page),
    Place(
        _("Établissements"),
        "administration:schools",
        "signpost-split",
        may.can_administer_region,
        short=_("Structures"),
    ),
    Place(_("Imports"), "imports:runs", "cloud-arrow-down", may.can_see_imports, ("imports:",)),
    Place(
        _("Comptes"),
        "administration:accounts",
        "person-gear",
        may.can_administer_accounts,
        ("activation:", "access:closures", "access:opening", "access:suspension"),
    ),
    Place(_("Délégations"), "administration:delegations", "key", may.can_see_delegations),
    Place(_("Réglages"), "administration:settings", "sliders", may.can_administer_school, ("administration:year",)),
    Place(
        _("Identités"),
        "federation:providers",
        "key",
        may.can_administer_region,
        ("federation:provider", "federation:add"),
    ),
    Place(_("Chartes"), "charter:charters", "file-earmark-text", may.can_administer_region, ("charter:publish",)),
    Place(_("Maintenance"), "access:maintenance", "tools", may.can_administer_region),
    Place(_("Journal"), "administration:journal", "shield-check", may.can_read_journal),
)


@dataclass(frozen=True)
class Entry:
    label: str
    url: str
    icon: str
    current: bool
    count: int = 0
    short: str = ""


@dataclass(frozen=True)
class Choice:
    """One line of the switcher."""

    label: str
    sublabel: str
    value: str
    current: bool


@dataclass(frozen=True)
class Face:
    """A person as the shell shows them."""

    name: str
    initials: str
    colour: str
    subtitle: str
    current: bool = False
    value: str = ""

    @property
    def display_name(self) -> str:
        return self.name


class Shell:
    """Everything the shell template reads, computed at first use."""

    def __init__(self, request: HttpRequest, viewer: Viewer) -> None:
        self.request = request
        self.viewer = viewer
        self.demo = settings.DEMO

    @cached_property
    def school(self) -> School | None:
        return current_school(self.viewer)

    @cached_property
    def nav(self) -> tuple[Entry, ...]:
        match = self.request.resolver_match
        places = tuple(place for place in PLACES if place.open_to(self.viewer))
        return entries(places, here=match.view_name if match else "")

    @cached_property
    def bottom(self) -> tuple[Entry, ...]:
        return self.nav[:4]

    @cached_property
    def person(self) -> Face:
        person = self.viewer.person
        return Face(person.full_name, person.initials, person.colour, subtitle_of(self.viewer))

    @cached_property
    def look(self) -> SchoolSettings | None:
        return look_of(self.viewer)

    @cached_property
    def schools(self) -> list[Choice]:
        return switcher_choices(self.viewer)

    @cached_property
    def children(self) -> list[Face]:
        if not self.viewer.is_guardian:
            return []
        wards = wards_of(self.viewer)
        chosen = chosen_ward(self.viewer, wards)
        return [
            Face(
                ward.pupil.first_name,
                ward.pupil.initials,
                ward.pupil.colour,
                ward.division_label,
                ward == chosen,
                f"c{ward.pupil_id}",
            )
            for ward in wards
        ]

    @cached_property
    def unread(self) -> int:
        return unread_count(self.viewer.account.pk)


@lru_cache(maxsize=512)
def entries(places: tuple[Place, ...], here: str) -> tuple[Entry, ...]:
    """The navigation between these places, on the page named `here`."""
    return tuple(
        Entry(
            str(place.label),
            reverse(place.url_name),
            place.icon,
            here.startswith((place.url_name.removesuffix("s"), *place.covers)),
            short=str(place.short),
        )
        for place in places
    )


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for a signed-in person, the theme they chose."""
    viewer = getattr(request, "viewer", None)
    context: dict[str, Any] = {"demo": settings.DEMO}
    if viewer is not None:
        context |= {"shell": Shell(request, viewer), "viewer": viewer, "theme": viewer.account.theme}
    return context


def subtitle_of(viewer: Viewer) -> str:
    """« Élève, 2de 4 », « Proviseure », « Équipe régionale »."""
    if viewer.membership is None:
        return str(_("Équipe régionale"))
    if viewer.is_learner:
        division = ", ".join(division.label for division in own_places(viewer)[0])
        return ", ".join(filter(None, (viewer.membership.get_profile_display(), division)))
    return title_of(viewer.membership)


def switcher_choices(viewer: Viewer) -> list[Choice]:
    """One line per school and profile; a guardian's schools are one line, since the child chosen tells the school."""
    choices = []
    guardianships = [m for m in viewer.memberships if m.is_guardian]
    if guardianships:
        schools = ngettext("%d établissement", "%d établissements", len(guardianships)) % len(guardianships)
        choices.append(Choice(str(_("Mes enfants")), schools, f"m{guardianships[0].pk}", viewer.is_guardian))
    for membership in viewer.memberships:
        if not membership.is_guardian:
            current = viewer.membership == membership
            choices.append(Choice(membership.school.name, title_of(membership), f"m{membership.pk}", current))
    if any(d.school_id is None for d in viewer.delegations):
        choices.append(
            Choice(str(_("Région")), str(_("Équipe régionale")), "region", viewer.is_region and not viewer.visit)
        )
    for visit in viewer.visits:
        choices.append(Choice(visit.school.name, str(_("Accès temporaire")), f"v{visit.pk}", viewer.visit == visit))
    return choices


@dataclass(frozen=True)
class Shown:
    """A widget with its facts, ready for the page."""

    template: str
    facts: dict[str, Any]


def home_widgets(viewer: Viewer) -> dict[str, list[Shown]]:
    """The widgets that have something to say to this person, by column."""
    columns: dict[str, list[Shown]] = {"wide": [], "main": [], "side": []}
    chosen: list[type[Widget]] = sorted(widgets, key=lambda widget: widget.order)
    for widget in chosen:
        facts = widget.facts(viewer)
        if facts is not None:
            columns[widget.column].append(Shown(widget.template, facts))
    return columns
