"""What recovery holds about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "recovery.AddressAsked.account",
    _("Adresse de récupération demandée"),
    gives=("at",),
    kept=_("Tant que le compte existe."),
)
claim(
    "recovery.SecretAnswer.account",
    _("Questions secrètes"),
    gives=("question",),
    kept=_("Tant que le compte existe, ou jusqu’aux suivantes. Les réponses ne sont gardées que hachées."),
)
claim(
    "recovery.FailedAnswer.account",
    _("Réponses refusées"),
    kept=_("Deux jours, puis effacées dans la nuit."),
    withheld=_("Un compte d’essais et leurs heures, pour ralentir qui devine."),
)
