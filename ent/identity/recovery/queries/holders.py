"""Whom a forgotten password or identifier concerns."""

from collections.abc import Iterator

from ent.directory.enums import LEARNER_PROFILES, Office
from ent.directory.models import Delegation, Enrolment, HeadTeacher, Membership, Person
from ent.foundation.accounts.models import Account
from ent.identity.signin.queries.addresses import accounts_proven_at, proven_address_of


def holders(typed: str) -> Iterator[tuple[Account, str]]:
    """The activated accounts that what was typed names, by identifier or by address, each with where to write to it.

    The address that its holder has proved, else the directory's. Call inside `scope.EVERYTHING`.
    """
    typed = typed.strip()
    for account in _named(typed):
        address = _address_of(account)
        if address and account.is_active and account.activated_at:
            yield account, address


def _named(typed: str) -> list[Account]:
    if "@" not in typed:
        return list(Account.objects.filter(identifier__iexact=typed))
    proven = accounts_proven_at(typed)
    # The directory's address counts only for whoever has proved no other.
    known = Account.objects.filter(person__email__iexact=typed, proven_address=None)
    return list((proven | known).distinct().order_by("pk"))


def _address_of(account: Account) -> str:
    proven = proven_address_of(account)
    if proven:
        return proven.address
    person = Person.objects.filter(account=account).first()
    return person.email if person else ""


def helpers_of(identifier: str) -> tuple[Person | None, list[int]]:
    """The learner of this identifier, and the accounts of those who can give them a new password: the head teachers of
    their class and the correspondants ENT of their schools. Call inside `scope.EVERYTHING`.
    """
    learners = Membership.objects.on().filter(
        person__account__identifier__iexact=identifier.strip(), profile__in=LEARNER_PROFILES
    )
    found = list(learners.select_related("person"))
    if not found:
        return None, []
    divisions = Enrolment.objects.on().filter(membership__in=found, division__isnull=False).values("division")
    heads = HeadTeacher.objects.filter(division__in=divisions).values_list("membership__person__account", flat=True)
    offices = Delegation.objects.filter(office=Office.SCHOOL, school__in=[m.school_id for m in found], ends=None)
    accounts = {*heads, *offices.values_list("person__account", flat=True)} - {None}
    return found[0].person, sorted(accounts)
