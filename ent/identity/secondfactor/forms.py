"""Giving a code, naming a key, saying how one made sure of somebody."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.identity.secondfactor.enums import IdentityCheck, Kind


class ChoiceForm(forms.Form):
    """Which second factor to set up."""

    kind = forms.ChoiceField(choices=Kind, widget=forms.RadioSelect)


class CodeForm(forms.Form):
    """The six figures of an application, or a recovery code."""

    code = forms.CharField(
        label=_("Code à six chiffres"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "class": "form-control-lg ent-otp",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class NewKeyForm(forms.Form):
    """What the browser answers when it has made a key, and the name to know it by."""

    name = forms.CharField(label=_("Nom de la clé, pour la reconnaître"), max_length=60)
    answer = forms.CharField(widget=forms.HiddenInput, required=False)


class NameForm(forms.Form):
    name = forms.CharField(label=_("Nom"), max_length=60)


class PasswordForm(forms.Form):
    """One's password, asked again."""

    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ResetForm(forms.Form):
    """How whoever resets a second factor made sure of who asks."""

    check = forms.ChoiceField(
        label=_("Comment avez-vous vérifié qui le demande ?"), choices=IdentityCheck, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Ce qui s’est passé"), max_length=200)
