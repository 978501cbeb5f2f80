"""The personal address by which somebody comes back in."""

from datetime import timedelta

from django.utils import timezone

from ent.directory.enums import LEARNER_PROFILES
from ent.directory.models import Membership
from ent.foundation.accounts.models import Account
from ent.foundation.schools.enums import SchoolKind
from ent.identity.recovery.models import AddressAsked, SecretAnswer
from ent.identity.signin.queries.addresses import proven_address_of

# The schools whose learners have no académie's directory to come back by.
ASKING = (SchoolKind.AGRICULTURAL, SchoolKind.CFA)
ASKED_AGAIN = timedelta(days=30)


def has_address(account: Account) -> bool:
    return proven_address_of(account) is not None


def must_give_address(account: Account) -> bool:
    """A learner of an agricultural lycée or of a CFA who has verified none nor
    chosen questions, and has not been asked for a month. Call
    inside `scope.EVERYTHING`."""
    learners = Membership.objects.opening().filter(person__account=account, profile__in=LEARNER_PROFILES)
    if not learners.filter(school__kind__in=ASKING).exists() or has_address(account):
        return False
    if SecretAnswer.objects.filter(account=account).exists():
        return False
    return not AddressAsked.objects.filter(account=account, at__gt=timezone.now() - ASKED_AGAIN).exists()
