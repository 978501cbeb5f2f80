"""What the second factor adds to signing in: asked before the session opens, set up before anything else."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.secondfactor.queries.factors import (
    codes_left,
    factors_of,
    has_factor,
    is_trusted,
    must_have_factor,
    staff_without_factor,
)
from ent.identity.signin.queries.entrances import (
    Challenge,
    Door,
    Gate,
    Protection,
    Watch,
    challenges,
    doors,
    gates,
    protections,
    second_factors,
    watches,
)

# A passkey that opens the account alone is both proofs in one; a demonstration is entered by a click.
WITHOUT = frozenset({"passkey", "demo"})
CODES = "codes"


def is_asked(request: HttpRequest, account: Account, method: str) -> bool:
    with scope.use(scope.EVERYTHING):
        return method not in WITHOUT and has_factor(account) and not is_trusted(request, account)


def stands(request: HttpRequest, account: Account) -> bool:
    """Until there is one, and its recovery codes were put away."""
    if request.session.get("method") == "demo":
        return False
    return CODES in request.session or (must_have_factor(account) and not has_factor(account))


def lines(account: Account) -> Iterator[Protection]:
    factors = factors_of(account)
    left = codes_left(account)
    codes = ngettext("%d code de secours", "%d codes de secours", left) % left if left else _("aucun code de secours")
    names = ", ".join([*(factor.name for factor in factors), str(codes)]) if factors else _("Aucune pour l’instant")
    yield Protection(_("Seconde preuve"), names, "shield-lock", reverse("secondfactor:manage"), is_set=bool(factors))


def staff_without(school: School) -> Iterator[Watch]:
    """The staff of a school who will be asked for one at their next sign-in."""
    count = staff_without_factor(school)
    label = ngettext("%d personnel sans seconde preuve", "%d personnels sans seconde preuve", count) % count
    precision = _("Elle leur sera demandée à la prochaine connexion")
    yield Watch(count, label, precision, "shield-exclamation", reverse("administration:accounts"))


watches.register("secondfactor")(staff_without)
doors.register("secondfactor.key")(
    Door(order=30, label=_("Entrer avec une clé d’accès"), url_name="secondfactor:key_alone")
)
challenges.register("secondfactor")(Challenge(url_name="secondfactor:challenge", needed=is_asked))
gates.register("secondfactor.setup")(Gate(order=20, url_name="secondfactor:setup", stands=stands))
second_factors.register("secondfactor")(has_factor)
protections.register("secondfactor")(lines)
