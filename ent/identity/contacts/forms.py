"""What is wrong with one's contact details."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WrongForm(forms.Form):
    """Said in one's own words."""

    wrong = forms.CharField(
        label=_("Ce qui a changé"),
        max_length=500,
        help_text=_("L’établissement corrige. Par exemple\u00a0: « Mon numéro est désormais le 06… »"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Dites ce qui a changé, ou confirmez que tout est exact.")},
    )
