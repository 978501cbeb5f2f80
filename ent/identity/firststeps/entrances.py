"""The step that is ours, and the line of a person's own account."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ent.foundation.accounts.models import Account
from ent.identity.firststeps.queries import steps_of
from ent.identity.signin.queries.entrances import FirstStep, Protection, first_steps, protections

first_steps.register("application")(
    FirstStep(
        order=10,
        label=_("Installer l’application"),
        precision=_("Sur l’écran d’accueil du téléphone, sans magasin"),
        icon="phone",
        url_name="firststeps:install",
    )
)


@protections.register("firststeps")
def lines(account: Account) -> Iterator[Protection]:
    left = sum(1 for one in steps_of(account) if not one.is_done)
    said = ngettext("Il en reste %d", "Il en reste %d", left) % left if left else _("Tous faits")
    yield Protection(_("Premiers pas"), said, "flag", reverse("firststeps:steps"), is_set=not left)
