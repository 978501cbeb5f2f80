"""Registering an identity provider."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Family
from ent.identity.federation.enums import Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.providers import LONGEST_METADATA, check_metadata
from ent.identity.signin.enums import Audience


class ProviderForm(forms.ModelForm):
    """A provider: its metadata from a file, pasted, or read at an address by the service itself."""

    families = forms.MultipleChoiceField(
        label=_("Personnes qu’il connaît"), choices=Family.choices, widget=forms.CheckboxSelectMultiple
    )
    audience = forms.ChoiceField(
        label=_("Carte de « Qui êtes-vous\u202f? »"),
        choices=[choice for choice in Audience.choices if choice[0] != Audience.LOCAL],
    )
    academies_typed = forms.CharField(
        label=_("Codes d’académie acceptés"),
        required=False,
        max_length=200,
        help_text=_("Séparés par des espaces. Aucun\u00a0: toutes les académies."),
    )
    metadata_url = forms.URLField(
        label=_("Adresse des métadonnées"), required=False, max_length=500, assume_scheme="https"
    )
    logout_url = forms.URLField(
        label=_("Adresse de déconnexion"), required=False, max_length=500, assume_scheme="https"
    )
    metadata_file = forms.FileField(label=_("Fichier de métadonnées"), required=False)
    secret = forms.CharField(
        label=_("Secret client"),
        required=False,
        max_length=500,
        strip=False,
        help_text=_("Laissez vide pour garder celui qui est enregistré\u00a0: il n’est jamais montré."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "name", "slug", "protocol", "audience", "families", "matching", "metadata", "metadata_url", "client_id",
            "logout_url",
        )  # fmt: skip
        widgets = {"metadata": forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})}

    field_order = (
        "name", "slug", "audience", "families", "protocol", "matching", "academies_typed", "metadata_url",
        "metadata_file", "metadata", "client_id", "secret", "logout_url",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metadata"].label = _("… ou leur texte")
        self.fields["academies_typed"].initial = " ".join(self.instance.academies)
        if self.instance.pk:
            # Our addresses, which the provider has registered, are made of it.
            self.fields["slug"].disabled = True

    def clean_academies_typed(self) -> list[str]:
        codes = str(self.cleaned_data["academies_typed"]).replace(",", " ").split()
        if not all(code.isdigit() and len(code) <= 3 for code in codes):
            raise ValidationError(_("Un code d’académie est un nombre, comme 18 ou 98."))
        return [code.lstrip("0") for code in codes]

    def clean_metadata_file(self) -> str:
        file = self.cleaned_data["metadata_file"]
        if file is None:
            return ""
        if file.size > LONGEST_METADATA:
            raise ValidationError(_("Ce fichier est trop grand pour des métadonnées."))
        try:
            return str(file.read().decode("utf-8"))
        except UnicodeDecodeError as problem:
            raise ValidationError(_("Ce fichier n’est pas un texte en UTF-8.")) from problem

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["metadata"] = cleaned.get("metadata_file") or cleaned.get("metadata") or ""
        if cleaned.get("protocol") == Protocol.OIDC and not cleaned.get("client_id"):
            self.add_error("client_id", _("OpenID Connect demande un identifiant client."))
        if not cleaned["metadata"] and not cleaned.get("metadata_url"):
            self.add_error("metadata_url", _("Donnez une adresse, un fichier ou un texte de métadonnées."))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        self.instance.academies = self.cleaned_data.get("academies_typed", [])
        if self.cleaned_data.get("secret"):
            self.instance.client_secret = self.cleaned_data["secret"]
        if self.instance.metadata and "protocol" in self.cleaned_data:
            try:
                check_metadata(self.instance)
            except ValidationError as problem:
                self.add_error("metadata", problem)
