"""Saying who one is, when one has forgotten how to prove it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.directory.forms.administration import DateInput
from ent.identity.recovery.enums import Question
from ent.identity.recovery.queries.questions import plain_answer

SHORTEST = 3
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


class AnswerForm(forms.Form):
    """The answer to one question: some words, or a day."""

    answer = forms.CharField(
        label=_("Votre réponse"),
        max_length=200,
        help_text=_("Majuscules, accents et espaces ne comptent pas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, label: str, is_day: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_day:
            self.fields["answer"] = forms.DateField(widget=DateInput())
        self.fields["answer"].label = label


class QuestionsForm(forms.Form):
    """Two questions, two answers."""

    first = forms.ChoiceField(label=_("Première question"), choices=Question.choices)
    first_answer = forms.CharField(label=_("Réponse à la première"), max_length=200)
    second = forms.ChoiceField(label=_("Seconde question"), choices=Question.choices, initial=Question.STREET)
    second_answer = forms.CharField(label=_("Réponse à la seconde"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_answer", "second_answer"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("first_answer", "second_answer"):
            if name in cleaned and len(plain_answer(cleaned[name])) < SHORTEST:
                self.add_error(name, _("Trop court\u00a0: trois lettres au moins."))
        if "first" in cleaned and cleaned["first"] == cleaned.get("second"):
            self.add_error("second", _("Choisissez deux questions différentes."))
        elif not self.errors and plain_answer(cleaned.get("first_answer", "")) == plain_answer(
            cleaned.get("second_answer", "-")
        ):
            self.add_error("second_answer", _("Donnez deux réponses différentes."))
        return cleaned

    @property
    def answers(self) -> dict[str, str]:
        told = self.cleaned_data
        return {told["first"]: told["first_answer"], told["second"]: told["second_answer"]}
