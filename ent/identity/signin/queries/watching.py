"""What a school has to look at among the ways into its accounts."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ent.directory.queries.administration.accounts import people_of
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.foundation.schools.models import School


def _accounts(school: School, wanted: Q) -> int:
    with scope.use(scope.EVERYTHING):
        people = people_of(school).filter(account__isnull=False).values("account")
        return Account.objects.filter(wanted, pk__in=people).count()


def accounts_locked(school: School) -> int:
    now = timezone.now()
    return _accounts(school, Q(locked_at__isnull=False) & (Q(locked_until=None) | Q(locked_until__gt=now)))


def accounts_never_opened(school: School) -> int:
    """Those whose provisional password has waited too long."""
    return _accounts(school, Q(must_change_password=True, provisional_until__lte=timezone.now()))


def accounts_expiring(school: School) -> int:
    """Those whose provisional password opens nothing any more within a week."""
    now = timezone.now()
    soon = Q(provisional_until__gt=now, provisional_until__lte=now + timedelta(days=7))
    return _accounts(school, Q(must_change_password=True) & soon)


def accounts_attacked(school: School) -> int:
    """Those for which ten wrong passwords came in a row, in the last seven days."""
    rows = Record.objects.filter(
        school=school,
        action="accounts.refuse_password",
        at__gte=timezone.now() - timedelta(days=7),
        details__failures=settings.PASSWORD_FAILURES,
    )
    return rows.values("target_id").distinct().count()
