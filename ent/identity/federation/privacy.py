"""What coming in from elsewhere holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "federation.ExternalIdentity.account",
    _("Identités externes reliées"),
    gives=("provider", "linked_at", "used_at"),
    kept=_("Tant que le compte existe."),
)
