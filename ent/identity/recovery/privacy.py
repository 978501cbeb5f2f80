"""What recovery holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "recovery.AddressAsked.account",
    _("Adresse de récupération demandée"),
    gives=("at",),
    kept=_("Tant que le compte existe."),
)
