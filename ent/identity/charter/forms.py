"""Agreeing to a charter, and writing one."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AcceptForm(forms.Form):
    """The box that one ticks."""

    agreed = forms.BooleanField(
        label=_("J’ai lu cette charte et je la respecterai"),
        error_messages={"required": _("Cochez la case pour continuer. Sans cet accord, l’ENT reste fermé.")},
    )


class CharterForm(forms.Form):
    """The text of a next version."""

    after = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Texte"),
        max_length=20_000,
        help_text=_(
            "Une ligne vide sépare deux paragraphes. Des mots simples\u00a0: ceux qui la lisent ont parfois onze ans."
        ),
        widget=forms.Textarea(attrs={"rows": 20}),
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")
