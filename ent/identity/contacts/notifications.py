"""What a school hears of contact details that are wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.models import Person
from ent.foundation.notifications.enums import Channel
from ent.foundation.notifications.queries import Category, Notice, notice

CONTACTS = Category("contact_corrections", _("Coordonnées à corriger"))


@notice
@dataclass(frozen=True)
class ContactsToCorrect(Notice):
    """Somebody has looked at their contact details and says what is wrong."""

    name = "contacts.contacts_to_correct"
    category = CONTACTS
    icon = "person-gear"
    channels = (Channel.IN_APP, Channel.MAIL)

    person_id: int
    accounts: tuple[int, ...]
    said: str

    def key(self) -> str:
        return f"{self.person_id} {timezone.localdate()} {self.said}"

    def recipients(self) -> list[int]:
        return list(self.accounts)

    def context(self) -> Mapping[str, Any]:
        return {"person": Person.objects.get(pk=self.person_id), "said": self.said}

    def url(self) -> str:
        return reverse("directory:person", args=[self.person_id])
