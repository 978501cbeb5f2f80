"""What recovery tells: those who can help a pupil, and whoever has changed the address they come back in by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.models import Enrolment, Person
from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Category, Notice, notice
from ent.foundation.notifications.queries.security import SECURITY

HELP = Category("password_help", _("Élèves sans mot de passe"))


@notice
@dataclass(frozen=True)
class AddressKept(Notice):
    """Another address gives back the account from now on."""

    name = "recovery.address_kept"
    category = SECURITY
    icon = "envelope-check"
    urgent = True
    channels = (Channel.IN_APP, Channel.MAIL)

    account_id: int

    def recipients(self) -> list[int]:
        return [self.account_id]

    def url(self) -> str:
        return reverse("recovery:address")


@notice
@dataclass(frozen=True)
class PupilAsksHelp(Notice):
    """A pupil cannot sign in any more and has no address: somebody gives them a new password, in their hands."""

    name = "recovery.pupil_asks_help"
    category = HELP
    icon = "key"
    channels = (Channel.IN_APP, Channel.MAIL)

    person_id: int
    accounts: tuple[int, ...]

    def key(self) -> str:
        """Asked ten times in a day, told once."""
        return f"{self.person_id} {timezone.localdate()}"

    def recipients(self) -> list[int]:
        return list(self.accounts)

    def context(self) -> Mapping[str, Any]:
        person = Person.objects.get(pk=self.person_id)
        places = Enrolment.objects.on().filter(membership__person=person, division__isnull=False)
        return {"person": person, "divisions": [place.division for place in places.select_related("division")]}

    def url(self) -> str:
        return reverse("recovery:reissue", args=[self.person_id])
