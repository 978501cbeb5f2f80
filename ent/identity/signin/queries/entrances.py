"""What the parts of identity add to signing in, each in its `entrances.py`.

    @challenges.register("secondfactor")     asked before the session opens
    @gates.register("activation.charter")    asked once it is open, before any other page
    @purposes.register("recovery")           a link sent by mail
    @doors.register("recovery.password")     links of the sign-in page
    @second_factors.register("secondfactor") whether an account is guarded by more than its password
    @ways.register("federation")             cards of the page « Qui êtes-vous ? »
    @departures.register("federation")       where else one signs out
    @proofs.register("federation")           where else one may prove again who one is
    @other_proofs.register("federation")     where one may prove that another account is one's own too
    @proved_others.register("merging")       what is done once it is
    @protections.register("secondfactor")    lines of a person's own security page
    @watches.register("secondfactor")        what a school has to look at among its accounts
    @kept_out.register("access")             why somebody who is known is not let in
    @first_steps.register("application")     what somebody does to be at home here, at once or later

A gate is looked at when the session opens and each time one of them is passed (`go_on`), never in between: a page
asks nothing for it. What stands is kept in the session.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from ent.core.registries import Registry
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.signin.enums import Audience

HOME = "portal:home"
PASSWORD = "signin.password"  # noqa: S105 — the name of a gate
ICONS = {
    Audience.FAMILIES: "mortarboard",
    Audience.STAFF: "person-workspace",
    Audience.AGRICULTURE: "tree",
    Audience.LOCAL: "tools",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """Something to do before any other page. `stands` is asked inside `scope.EVERYTHING`.

    `covers` are the URL names, or the beginnings of them, that stay open while it is the first that stands.
    """

    order: int
    url_name: str
    stands: Callable[[HttpRequest, Account], bool]
    covers: tuple[str, ...] = ()

    def lets_through(self, view_name: str) -> bool:
        return view_name.startswith((self.url_name, *self.covers))


@dataclass(frozen=True, slots=True)
class Challenge:
    """A further proof asked before the session opens. `needed` is told by which method the account has come."""

    url_name: str
    needed: Callable[[HttpRequest, Account, str], bool]


@dataclass(frozen=True, slots=True)
class LinkPurpose:
    """What a mailed link is for. `url_name` takes its token; `mail` is the template of its text, title first.

    `holders` finds, from what somebody typed, the accounts to write to, each with its address. One that
    `dies_with_password` is over once the password changes: who has taken their account back owes it nothing.
    """

    url_name: str
    mail: str
    valid_for: timedelta
    holders: Callable[[str], Iterable[tuple[Account, str]]]
    dies_with_password: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """A link of the sign-in page, for whoever does not simply sign in."""

    order: int
    label: str | Promise
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass(frozen=True, slots=True)
class Way:
    """A card of the page « Qui êtes-vous ? »: whom it is for, by what, and where it begins."""

    name: str
    audience: Audience
    by: str | Promise
    url: str

    @property
    def icon(self) -> str:
        return ICONS[Audience(self.audience)]

    @property
    def label(self) -> str | Promise:
        return Audience(self.audience).label


@dataclass(frozen=True, slots=True)
class Departure:
    """Another place, and its name: where whoever signs out here should sign out too, or prove who they are.

    `fields` are those of a form, where a link does not do.
    """

    name: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protection:
    """A line of a person's own security page: what protects their account, and where it is changed."""

    label: str | Promise
    precision: str | Promise
    icon: str
    url: str
    is_set: bool = True


@dataclass(frozen=True, slots=True)
class Watch:
    """Something a school has to look at: how many, and where. Nothing is shown for none."""

    count: int
    label: str | Promise
    precision: str | Promise
    icon: str
    url: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Why an account opens nothing today, and what to do."""

    label: str | Promise
    precision: str | Promise
    icon: str


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Something to do to be at home here. Whoever knows that it is done says so (`firststeps.actions.take_step`)."""

    order: int
    label: str | Promise
    precision: str | Promise
    icon: str
    url_name: str


gates: Registry[Gate] = Registry("entrances")
challenges: Registry[Challenge] = Registry("entrances")
purposes: Registry[LinkPurpose] = Registry("entrances")
doors: Registry[Door] = Registry("entrances")
second_factors: Registry[Callable[[Account], bool]] = Registry("entrances")
ways: Registry[Callable[[], Iterable[Way]]] = Registry("entrances")
departures: Registry[Callable[[HttpRequest], Departure | None]] = Registry("entrances")
proofs: Registry[Callable[[Account, str], Iterable[Departure]]] = Registry("entrances")
# Told the page to come back to; and, once proved, by what: returns where to go.
other_proofs: Registry[Callable[[str], Iterable[Departure]]] = Registry("entrances")
proved_others: Registry[Callable[[HttpRequest, Account, str], str]] = Registry("entrances")
protections: Registry[Callable[[Account], Iterable[Protection]]] = Registry("entrances")
watches: Registry[Callable[[School], Iterable[Watch]]] = Registry("entrances")
kept_out: Registry[Callable[[Account], Iterable[KeptOut]]] = Registry("entrances")
first_steps: Registry[FirstStep] = Registry("entrances")


def is_guarded(account: Account) -> bool:
    """Whether the account has a second factor. Call inside `scope.EVERYTHING`, or in the account's own scope."""
    return any(has(account) for has in second_factors)


def departure_from(request: HttpRequest) -> Departure | None:
    """Where whoever signs out here should sign out too: the first place that knows them."""
    with scope.use(scope.EVERYTHING):
        return next(filter(None, (find(request) for find in departures)), None)


@dataclass(frozen=True, slots=True)
class Step:
    """Where one stands among the gates of this sign-in: « Étape 1 sur 3 »."""

    number: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.number // self.total


def standing_gates(request: HttpRequest, account: Account) -> list[str]:
    """The names of the gates that stand before this account, in order."""
    with scope.use(scope.EVERYTHING):
        found = [(gate.order, name) for name, gate in gates.items() if gate.stands(request, account)]
    return [name for _order, name in sorted(found)]


def go_on(request: HttpRequest) -> str:
    """Where to go once something was done: the next gate that stands, else the page first asked for, else home."""
    # What was done may have changed it since the request began.
    account = Account.objects.get(pk=request.user.pk)  # type: ignore[misc]
    return go_through(request, standing_gates(request, account))


def go_through(request: HttpRequest, names: list[str]) -> str:
    """The same, where the gates that stand are known."""
    request.session["gates"] = names
    if names:
        return reverse(gates[names[0]].url_name)
    request.session.pop("gates_total", None)
    return request.session.pop("next", "") or reverse(HOME)


def step_of(request: HttpRequest) -> Step | None:
    """Where one stands; None outside the gates of a sign-in."""
    left, total = len(request.session.get("gates", ())), request.session.get("gates_total", 0)
    return Step(total - left + 1, total) if 0 < left <= total else None
