"""What the first steps hold about an account."""

from django.utils.translation import gettext_lazy as _

from ent.foundation.privacy.queries import claim

claim(
    "firststeps.StepTaken.account",
    _("Premiers pas"),
    gives=("step", "is_done", "at"),
    kept=_("Tant que le compte existe."),
)
