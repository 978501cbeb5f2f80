"""What recovery adds to signing in: its links of the sign-in page, its mails, and the address one comes back in by."""

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.firststeps.enums import GIVE_ADDRESS
from ent.identity.recovery.actions.address import ADDRESS
from ent.identity.recovery.queries.address import must_give_address
from ent.identity.recovery.queries.holders import holders
from ent.identity.recovery.queries.questions import question_for
from ent.identity.signin.queries.addresses import proven_address_of
from ent.identity.signin.queries.entrances import (
    Challenge,
    Door,
    FirstStep,
    Gate,
    LinkPurpose,
    Protection,
    challenges,
    doors,
    first_steps,
    gates,
    protections,
    purposes,
)

RECOVERY = "recovery"

doors.register("recovery.password")(Door(order=20, label=_("Mot de passe oublié"), url_name="recovery:password"))
doors.register("recovery.identifier")(Door(order=25, label=_("Identifiant oublié"), url_name="recovery:identifier"))
purposes.register(RECOVERY)(LinkPurpose("recovery:choose", "recovery/mails/recovery.txt", timedelta(hours=2), holders))


def nobody(typed: str) -> tuple[tuple[Account, str], ...]:
    """This link is asked for from inside: no words typed by a stranger find anybody."""
    return ()


purposes.register(ADDRESS)(
    LinkPurpose("recovery:keep_address", "recovery/mails/address.txt", timedelta(hours=48), nobody, True)
)


def waits(request: HttpRequest, account: Account) -> bool:
    """A demonstration is entered by a click, by anybody: nobody gives an address for somebody else."""
    return request.session.get("method") != "demo" and must_give_address(account)


gates.register("recovery.address")(
    Gate(order=45, url_name="recovery:address", stands=waits, covers=("recovery:keep_address", "recovery:questions"))
)
first_steps.register(GIVE_ADDRESS)(
    FirstStep(
        order=30,
        label=_("Donner une adresse de récupération"),
        precision=_("Pour retrouver votre mot de passe sans attendre"),
        icon="envelope-check",
        url_name="recovery:address",
    )
)


@protections.register("recovery.address")
def address(account: Account) -> Iterator[Protection]:
    known = proven_address_of(account)
    said = known.address if known else _("Aucune\u00a0: donnez-en une")
    label = _("Adresse de récupération")
    yield Protection(label, said, "envelope-check", reverse("recovery:address"), is_set=known is not None)


def is_questioned(request: HttpRequest, account: Account, method: str) -> bool:
    with scope.use(scope.EVERYTHING):
        return method == "password" and question_for(account) is not None


challenges.register("recovery.question")(Challenge("recovery:question", is_questioned))
