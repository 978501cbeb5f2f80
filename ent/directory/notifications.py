"""What the directory tells people, and where it says they receive mail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Office, RunState
from ent.directory.models import Delegation, ImportRun, Person
from ent.foundation.files.models import SchoolQuota
from ent.foundation.files.queries import spaces_of
from ent.foundation.files.queries.room import space_watchers
from ent.foundation.notifications.actions import notify
from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Address, Category, Notice, address_books, notice
from ent.foundation.schools.models import School


@address_books.register("directory")
def addresses(accounts: Collection[int]) -> dict[int, Address]:
    """The address of each account's person."""
    people = Person.objects.filter(account__in=accounts).exclude(email="")
    return {person.account_id: Address(person.full_name, person.email) for person in people if person.account_id}


def administers_something(account_id: int) -> bool:
    """Whether this account has a delegation today."""
    return Delegation.objects.on().filter(person__account=account_id).exists()


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
        people = set(Delegation.objects.on().filter(offices).values_list("person", flat=True))
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


def administers_a_school(account_id: int) -> bool:
    """Whether this account is the correspondant of a school today."""
    return Delegation.objects.on().filter(office=Office.SCHOOL, person__account=account_id).exists()


SPACE = Category("space", _("Espace des fichiers"), concerns=administers_a_school)


@notice
@dataclass(frozen=True)
class SpaceAlmostFull(Notice):
    """The files of a school have come to take nine tenths of its space, at the moment `since` (ISO)."""

    name = "directory.space_almost_full"
    category = SPACE
    icon = "archive"
    channels = (Channel.IN_APP, Channel.MAIL)

    school_id: int
    since: str

    def key(self) -> str:
        return f"{self.school_id} {self.since}"

    def recipients(self) -> list[int]:
        """Who administers the school."""
        offices = Delegation.objects.on().filter(office=Office.SCHOOL, school=self.school_id)
        return [account for account in offices.values_list("person__account", flat=True) if account]

    def still_true(self) -> bool:
        """Unless room was made meanwhile, even if it is taken again: that has its own notice."""
        since = datetime.fromisoformat(self.since)
        return SchoolQuota.objects.filter(school=self.school_id, almost_full_since=since).exists()

    def context(self) -> Mapping[str, Any]:
        school = School.objects.get(pk=self.school_id)
        return {"school": school, "space": spaces_of([school])[school.pk]}

    def url(self) -> str:
        return reverse("administration:setting_space")


@space_watchers.register("directory.space")
def tell_almost_full(school: School, since: datetime) -> None:
    """Tell it to those who administer the school."""
    notify(SpaceAlmostFull(school.pk, since.isoformat()))
