"""The category of what touches the safety of one's account, whichever app tells it."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.notifications.queries.notices import Category

SECURITY = Category("security", _("Sécurité de mon compte"))
