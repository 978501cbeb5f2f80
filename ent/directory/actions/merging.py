"""Making two people of the directory one, where they have proved to be the same human."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.directory.models import Guardianship, Membership, Person, Schooling
from ent.directory.queries.merging import HELD, followers, obstacle, twins
from ent.foundation.accounts.actions import lock_account
from ent.foundation.accounts.models import Account
from ent.foundation.audit.actions import record
from ent.foundation.notifications.models import Notification, Preference
from ent.foundation.search.actions import refresh_objects


@act("directory.merge_people", _("Comptes d’une même personne réunis"))
def merge_people(kept: Person, gone: Person, *, by: Actor, proof: str = "") -> None:
    """`kept` takes all that `gone` is and has in its schools; the account of `gone` opens nothing more.

    Both must have been proved to be the same human's: `proof` says by what the other was, for the journal.
    Call inside `scope.EVERYTHING`. Raises `Refused` where they cannot be one (see `queries.merging.obstacle`).
    """
    people = Person.objects.select_for_update().in_bulk([kept.pk, gone.pk])
    if len(people) < 2:
        raise Refused(str(_("Ces comptes sont déjà réunis.")))
    kept, gone = people[kept.pk], people[gone.pk]
    sentence = obstacle(kept, gone)
    if sentence:
        raise Refused(sentence)
    schools = set(Membership.objects.filter(person__in=[kept, gone]).values_list("school", flat=True))
    _join_twins(kept, gone)
    Guardianship.objects.filter(guardian=gone, pupil__in=kept.wards.values("pupil")).delete()
    Guardianship.objects.filter(pupil=gone, guardian__in=kept.guardianships.values("guardian")).delete()
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            _move(relation, kept, gone)
    _complete(kept, gone)
    if kept.account and gone.account:
        _close(kept.account, gone.account, schools, by=by)
    gone_id = gone.pk
    gone.delete()
    refresh_objects("people", [kept.pk, gone_id])
    for school_id in sorted(schools):
        details = {"other": gone.full_name, "proof": proof}
        record("directory.merge_people", kept, by=by, school_id=school_id, details=details)


def _join_twins(kept: Person, gone: Person) -> None:
    """Two memberships in one school and profile: the kept one covers both times, and holds what either held."""
    for membership, twin in twins(kept, gone):
        for name in HELD:
            manager = getattr(twin, name)
            manager.update(**{manager.field.name: membership})
        if not Schooling.objects.filter(membership=membership).exists():
            Schooling.objects.filter(membership=twin).update(membership=membership)
        membership.starts = min(membership.starts, twin.starts)
        membership.ends = max(membership.ends, twin.ends) if membership.ends and twin.ends else None
        if membership.ends is None:
            membership.grace_until = None
        membership.save(update_fields=["starts", "ends", "grace_until"])
        twin.delete()


def _move(relation: Any, kept: models.Model, gone: models.Model) -> None:
    name = relation.field.name
    relation.related_model._base_manager.filter(**{name: gone}).update(**{name: kept})


def _complete(kept: Person, gone: Person) -> None:
    """What the kept person lacks, the other gives."""
    for name in ("civility", "birth_name", "other_names", "birth_date", "email", "contact", "ine", "home_school_id"):
        if not getattr(kept, name):
            setattr(kept, name, getattr(gone, name))
    kept.save()


def _close(kept: Account, gone: Account, schools: set[int], *, by: Actor) -> None:
    """The inbox follows, and what the apps above hold; nobody signs in with the other account any more."""
    known = Notification.objects.filter(account=kept).values("notice")
    Notification.objects.filter(account=gone).exclude(notice__in=known).update(account=kept)
    Preference.objects.filter(account=gone).delete()
    for follow in followers:
        follow(kept, gone)
    reason = str(_("Réuni avec le compte %s")) % kept.identifier
    lock_account(gone, reason=reason, by=by, schools=sorted(schools))
