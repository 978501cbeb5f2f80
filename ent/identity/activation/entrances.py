"""What activation adds to signing in: its link of the sign-in page, and its mail, good for 48 hours."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from ent.identity.activation.actions import ACTIVATION
from ent.identity.activation.queries.links import holders
from ent.identity.signin.queries.entrances import Door, LinkPurpose, doors, purposes

doors.register("activation.first_time")(Door(order=10, label=_("Première connexion"), url_name="activation:first_time"))
purposes.register(ACTIVATION)(
    LinkPurpose("activation:welcome", "activation/mails/activation.txt", timedelta(hours=48), holders)
)
