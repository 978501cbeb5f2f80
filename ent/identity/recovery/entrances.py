"""What recovery adds to signing in: its links of the sign-in page, and its mail."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from ent.identity.recovery.queries import holders
from ent.identity.signin.queries.entrances import Door, LinkPurpose, doors, purposes

RECOVERY = "recovery"

doors.register("recovery.password")(Door(order=20, label=_("Mot de passe oublié"), url_name="recovery:password"))
doors.register("recovery.identifier")(Door(order=25, label=_("Identifiant oublié"), url_name="recovery:identifier"))
purposes.register(RECOVERY)(LinkPurpose("recovery:choose", "recovery/mails/recovery.txt", timedelta(hours=2), holders))
