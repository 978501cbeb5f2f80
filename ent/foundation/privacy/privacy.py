"""What the foundation holds about an account. The parts below this one cannot declare it themselves."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "accounts.Account.pk",
    _("Compte"),
    gives=("identifier", "created_at", "activated_at", "last_login", "locked_at", "locked_reason", "theme"),
    kept=_("Tant que la personne est dans l’annuaire."),
)
claim(
    "accounts.WebSession.account",
    _("Appareils connectés"),
    gives=("device", "created_at", "seen_at", "expire_date"),
    kept=_("Jusqu’à la fin de la session, effacée dans la nuit."),
)
claim(
    "notifications.Notification.account",
    _("Notifications"),
    gives=("created_at", "title", "text", "read_at"),
    kept=_("Trois mois après lecture, un an sinon."),
)
claim(
    "notifications.Preference.account",
    _("Préférences de notification"),
    gives=("category", "channel", "wanted"),
    kept=_("Tant que le compte existe."),
)
claim(
    "notifications.Delivery.account",
    _("Courriels envoyés"),
    gives=("created_at", "channel", "state"),
    kept=_("Trois mois."),
)
