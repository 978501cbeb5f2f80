"""What is typed at the first time."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    """Where to send the link."""

    typed = forms.EmailField(
        label=_("Votre adresse de messagerie"),
        max_length=254,
        help_text=_("Celle que vous avez donnée à l’établissement."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
