"""Proving that another account is one's own."""

from django import forms
from django.utils.translation import gettext_lazy as _


class OtherAccountForm(forms.Form):
    """The identifier and the password of the other account."""

    identifier = forms.CharField(
        label=_("Identifiant de l’autre compte"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Mot de passe de l’autre compte"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
