"""Saying who one is, when one has forgotten how to prove it."""

from django import forms
from django.utils.translation import gettext_lazy as _

NAMED = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class WhoForm(forms.Form):
    """An identifier or an address."""

    typed = forms.CharField(
        label=_("Votre identifiant ou votre courriel"), max_length=254, widget=forms.TextInput(attrs=NAMED)
    )


class AddressForm(forms.Form):
    """An address: one has forgotten the identifier."""

    typed = forms.EmailField(
        label=_("Votre courriel"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class PersonalAddressForm(forms.Form):
    """One's own, that outlives the school."""

    typed = forms.EmailField(
        label=_("Votre courriel personnel"),
        max_length=254,
        help_text=_("Une adresse que vous seul lisez, qui n’est pas celle de l’établissement."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class HelpForm(forms.Form):
    """The identifier of a pupil without an address."""

    identifier = forms.CharField(label=_("Votre identifiant"), max_length=80, widget=forms.TextInput(attrs=NAMED))
