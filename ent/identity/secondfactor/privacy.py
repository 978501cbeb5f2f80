"""What the second factor holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "secondfactor.SecondFactor.account",
    _("Secondes preuves"),
    gives=("kind", "name", "created_at", "last_used_at"),
    kept=_("Jusqu’à ce que la personne les retire."),
)
claim(
    "secondfactor.RecoveryCode.account",
    _("Codes de secours"),
    gives=("created_at", "used_at"),
    kept=_("Jusqu’aux suivants."),
)
claim(
    "secondfactor.TrustedDevice.account",
    _("Appareils de confiance"),
    gives=("name", "created_at", "expires_at"),
    kept=_("Sept jours."),
)
claim(
    "secondfactor.FailedCode.account",
    _("Codes refusés"),
    kept=_("Quinze minutes, puis effacés dans la nuit."),
    withheld=_("Un compte d’essais et leurs heures, pour ralentir qui devine."),
)
