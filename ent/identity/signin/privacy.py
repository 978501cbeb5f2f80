"""What signing in holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "signin.ProvenAddress.account",
    _("Courriel vérifié"),
    gives=("address", "proven_at"),
    kept=_("Tant que le compte existe."),
)
claim(
    "signin.MailedLink.account",
    _("Liens envoyés par courriel"),
    gives=("purpose", "address", "created_at", "expires_at", "used_at"),
    kept=_("Un mois après la fin de leur validité."),
)
claim(
    "signin.KnownDevice.account",
    _("Appareils connus"),
    gives=("name", "first_at", "last_at"),
    kept=_("Un an après le dernier usage."),
)
