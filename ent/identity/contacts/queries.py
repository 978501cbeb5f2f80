"""Whose contact details have to be looked at, and who corrects them."""

from datetime import timedelta

from django.utils import timezone

from ent.directory.enums import Office, Profile
from ent.directory.models import Delegation, Membership
from ent.foundation.accounts.models import Account
from ent.identity.contacts.models import ContactCheck

# Each year: what was right in September is wrong in another.
LASTS = timedelta(days=365)
# Those whom the school calls. A pupil's details are their guardians'; the staff's are the académie's.
CALLED = (Profile.GUARDIAN, Profile.MASTER)


def must_check(account: Account) -> bool:
    """Whether the school calls this person, and they have not looked for a year. Call inside `scope.EVERYTHING`."""
    since = timezone.now() - LASTS
    if ContactCheck.objects.filter(account=account, checked_at__gt=since).exists():
        return False
    return Membership.objects.on().filter(person__account=account, profile__in=CALLED).exists()


def check_of(account: Account) -> ContactCheck | None:
    """The last one, in the account's own scope."""
    return ContactCheck.objects.filter(account=account).first()


def correspondants_of(schools: list[int]) -> list[int]:
    """The accounts of those who administer these schools. Call inside `scope.EVERYTHING`."""
    offices = Delegation.objects.not_over().filter(office=Office.SCHOOL, school__in=schools)
    accounts = offices.values_list("person__account", flat=True)
    return sorted({account for account in accounts if account is not None})
