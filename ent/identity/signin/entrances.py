"""Whoever has a provisional password chooses their own before anything else; and what a school watches."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import School
from ent.identity.signin.queries.entrances import PASSWORD, Gate, Watch, gates, watches
from ent.identity.signin.queries.watching import (
    accounts_attacked,
    accounts_expiring,
    accounts_locked,
    accounts_never_opened,
)


def is_provisional(request: HttpRequest, account: Account) -> bool:
    return account.must_change_password


gates.register(PASSWORD)(Gate(order=10, url_name="signin:change_password", stands=is_provisional))


@watches.register("signin")
def to_look_at(school: School) -> Iterator[Watch]:
    """Accounts that are locked, that somebody tries to open, that were handed out and never opened."""
    accounts = reverse("administration:accounts")
    attacked = accounts_attacked(school)
    label = ngettext("%d compte attaqué cette semaine", "%d comptes attaqués cette semaine", attacked) % attacked
    precision = _("Dix mots de passe faux à la suite\u00a0: le journal dit lesquels")
    yield Watch(attacked, label, precision, "shield-exclamation", reverse("administration:journal"), urgent=True)
    locked = accounts_locked(school)
    label = ngettext("%d compte bloqué", "%d comptes bloqués", locked) % locked
    yield Watch(locked, label, _("À rouvrir, ou à laisser fermés"), "lock", accounts + "?etat=bloques")
    soon = accounts_expiring(school)
    label = ngettext("%d mot de passe expire", "%d mots de passe expirent", soon) % soon
    yield Watch(soon, label, _("D’ici une semaine\u00a0: à réémettre"), "hourglass-split", accounts + "?etat=jamais")
    stale = accounts_never_opened(school)
    label = ngettext("%d accès provisoire périmé", "%d accès provisoires périmés", stale) % stale
    yield Watch(stale, label, _("Leur fiche n’ouvre plus rien"), "hourglass-split", accounts + "?etat=jamais")
