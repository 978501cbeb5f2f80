"""What looking at one's contact details leaves about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "contacts.ContactCheck.account",
    _("Coordonnées vérifiées"),
    gives=("checked_at",),
    kept=_("Tant que le compte existe."),
)
