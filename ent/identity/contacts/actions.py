"""Looking at one's own contact details, and saying what is wrong with them."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.directory.models import Person
from ent.directory.queries.administration.accounts import schools_opened_by
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.notifications.actions import notify
from ent.identity.contacts.models import ContactCheck
from ent.identity.contacts.notifications import ContactsToCorrect
from ent.identity.contacts.queries import correspondants_of


@act("contacts.check_contacts", _("Coordonnées vérifiées par la personne"))
def check_contacts(account: Account, *, wrong: str, by: Actor) -> None:
    """They are right, or `wrong` says what is not: whoever administers the person's schools is told. Call inside
    `scope.EVERYTHING`."""
    ContactCheck.objects.update_or_create(account=account, defaults={"checked_at": timezone.now()})
    schools = schools_opened_by(account)
    if wrong:
        person = Person.objects.get(account=account)
        notify(ContactsToCorrect(person.pk, tuple(correspondants_of(schools)), wrong))
    record("contacts.check_contacts", account, by=by, schools=schools, details={"right": not wrong})
