"""Which charter is in force for whom, and who has agreed to it."""

from dataclasses import dataclass

from django.db.models import Count
from django.template.loader import render_to_string

from ent.directory.enums import FAMILY_PROFILES, Family
from ent.directory.models import Delegation, Membership
from ent.foundation.accounts.models import Account
from ent.identity.charter.models import Charter, CharterAcceptance


@dataclass(frozen=True, slots=True)
class Line:
    """A family of people, the charter in force for it if any, and how many have agreed to it."""

    family: Family
    charter: Charter | None
    accepted: int


def in_force() -> list[Charter]:
    """The last version for each family that has one, in the order of the families."""
    found = Charter.objects.order_by("family", "-version").distinct("family")
    order = list(Family)
    return sorted(found, key=lambda charter: order.index(Family(charter.family)))


def families_of(account: Account) -> set[Family]:
    """What the holder of the account is today, whatever the school. Call inside `scope.EVERYTHING`."""
    memberships = Membership.objects.not_over().filter(person__account=account)
    profiles = set(memberships.values_list("profile", flat=True))
    found = {family for family, named in FAMILY_PROFILES.items() if named & profiles}
    if not found and Delegation.objects.not_over().filter(person__account=account).exists():
        found = {Family.STAFF}
    return found


def to_accept(account: Account) -> list[Charter]:
    """The charters in force for the holder of the account that they have not agreed to. Inside `scope.EVERYTHING`."""
    charters = in_force()
    if not charters:
        return []
    families = families_of(account)
    agreed = set(CharterAcceptance.objects.filter(account=account).values_list("charter", flat=True))
    return [one for one in charters if one.family in families and one.pk not in agreed]


def accepted_by(account: Account) -> list[CharterAcceptance]:
    """What the holder has agreed to, the latest first, in the account's own scope."""
    return list(CharterAcceptance.objects.filter(account=account).select_related("charter").order_by("-accepted_at"))


def lines() -> list[Line]:
    """Each family with its charter and how many have agreed to it. Call inside `scope.EVERYTHING`. Two queries."""
    charters = {charter.family: charter for charter in in_force()}
    counted = CharterAcceptance.objects.filter(charter__in=charters.values()).values_list("charter")
    counts = dict(counted.annotate(how_many=Count("pk")))
    return [
        Line(family, charters.get(family), counts.get(charters[family].pk, 0) if family in charters else 0)
        for family in Family
    ]


def first_words(family: Family) -> str:
    """What a first charter may say, in words for those who will read it: the region makes it its own."""
    return render_to_string(f"charter/first/{family}.txt").strip()
