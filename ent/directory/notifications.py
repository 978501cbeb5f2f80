"""What the directory tells people, and where it says they receive mail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Office, RunState
from ent.directory.models import Delegation, ImportRun, Person
from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Address, Category, Notice, address_books, notice


@address_books.register("directory")
def addresses(accounts: Collection[int]) -> dict[int, Address]:
    """The address of each account's person."""
    people = Person.objects.filter(account__in=accounts).exclude(email="")
    return {person.account_id: Address(person.full_name, person.email) for person in people if person.account_id}


def administers_something(account_id: int) -> bool:
    """Whether this account has a delegation today."""
    return _open_delegations().filter(person__account=account_id).exists()


def _open_delegations() -> QuerySet[Delegation]:
    today = timezone.localdate()
    return Delegation.objects.filter(Q(ends__isnull=True) | Q(ends__gte=today), starts__lte=today)


IMPORTS = Category("imports", _("Imports de l’annuaire"), concerns=administers_something)
ENDED = frozenset({RunState.PREVIEWED, RunState.APPLIED, RunState.PARTLY, RunState.FAILED})


@notice
@dataclass(frozen=True)
class ImportFinished(Notice):
    """An import has ended, well or badly, or waits for someone's decision."""

    name = "directory.import_finished"
    category = IMPORTS
    icon = "cloud-arrow-down"
    channels = (Channel.IN_APP, Channel.MAIL)

    run_id: int

    @cached_property
    def run(self) -> ImportRun | None:
        return ImportRun.objects.filter(pk=self.run_id).first()

    def recipients(self) -> list[int]:
        """Who asked for it; who administers the schools it concerns or holds back; the region for its own imports."""
        if self.run is None:
            return []
        concerned = [self.run.school_id] if self.run.school_id else self._stopped_schools()
        offices = Q(office=Office.SCHOOL, school__in=concerned)
        if self.run.school_id is None:
            offices |= Q(office=Office.REGION)
        people = set(_open_delegations().filter(offices).values_list("person", flat=True))
        people.add(self.run.asked_by_person_id or 0)
        accounts = Person.objects.filter(pk__in=people, account__isnull=False).values_list("account", flat=True)
        return [account for account in accounts if account]

    def _stopped_schools(self) -> list[int]:
        assert self.run is not None
        stopped = self.run.schools.filter(stopped=True, applied_at__isnull=True)
        return list(stopped.values_list("school", flat=True))

    def still_true(self) -> bool:
        return self.run is not None and self.run.state in ENDED

    def context(self) -> Mapping[str, Any]:
        assert self.run is not None
        return {"run": self.run, "stopped": len(self._stopped_schools())}

    def url(self) -> str:
        return reverse("imports:run", args=[self.run_id])
