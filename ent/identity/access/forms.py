"""Whom to keep out, and until when."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import Family
from ent.directory.forms.administration import DateInput
from ent.directory.models import Division
from ent.directory.queries.structures import Level
from ent.identity.access.queries.closures import OF_DIVISIONS


class ClosureForm(forms.Form):
    """Levels and divisions, or none for the whole school; families."""

    places = forms.MultipleChoiceField(
        label=_("Niveaux et classes"),
        required=False,
        help_text=_("Rien de coché\u00a0: tout l’établissement."),
        widget=forms.CheckboxSelectMultiple(attrs={"data-ent-columns": True}),
    )
    families = forms.MultipleChoiceField(
        label=_("Pour"),
        choices=Family.choices,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": _("Cochez au moins une ligne.")},
    )

    def __init__(self, *args: Any, levels: Iterable[Level], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen: dict[str, list[Division]] = {}
        choices = []
        for level in levels:
            # By its name: the page may be sent after a class has come.
            self.chosen[f"n-{level.label}"] = level.divisions
            choices.append((f"n-{level.label}", _("Tout le niveau %s") % level.label))
            for division in level.divisions:
                self.chosen[str(division.pk)] = [division]
                choices.append((str(division.pk), division.label))
        self.fields["places"].choices = choices  # type: ignore[attr-defined]

    def clean_places(self) -> list[Division]:
        """The divisions chosen, each once, by themselves or with their level."""
        chosen = {one.pk: one for name in self.cleaned_data["places"] for one in self.chosen[name]}
        return list(chosen.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("places") and not set(cleaned.get("families", ())) <= set(OF_DIVISIONS):
            self.add_error("families", _("D’une classe, on ferme aux élèves ou aux responsables seulement."))
        return cleaned

    def clean_reopens_on(self) -> date | None:
        day: date | None = self.cleaned_data["reopens_on"]
        if day and day <= timezone.localdate():
            raise ValidationError(_("Choisissez un jour à venir."))
        return day


class OpeningForm(ClosureForm):
    """The start of the year, for some."""

    reopens_on = forms.DateField(label=_("Ouvrir le"), widget=DateInput())


class SuspensionForm(ClosureForm):
    """An access that is taken away, for a reason."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=200,
        help_text=_("Elle reste dans le journal de l’établissement. Les personnes concernées ne la lisent pas."),
    )
    reopens_on = forms.DateField(
        label=_("Rouvrir le"),
        required=False,
        help_text=_("Sans date, jusqu’à ce que vous rouvriez."),
        widget=DateInput(),
    )


class MaintenanceForm(forms.Form):
    """When the service is expected back, in words."""

    back_at = forms.CharField(
        label=_("Retour prévu"),
        max_length=40,
        required=False,
        help_text=_("Par exemple « 6\u00a0h » ou « lundi à 8\u00a0h »\u00a0: la page dit « De retour à… »."),
    )
