"""What the charter holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "charter.CharterAcceptance.account",
    _("Chartes acceptées"),
    gives=("charter", "accepted_at"),
    kept=_("Tant que le compte existe."),
)
