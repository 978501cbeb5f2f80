"""Who is of the region's team."""

from ent.directory.enums import Office
from ent.directory.models import Delegation
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope


def is_officer(account: Account) -> bool:
    """Read across all schools."""
    with scope.use(scope.EVERYTHING):
        return Delegation.objects.on().filter(person__account=account, office=Office.REGION).exists()
