"""Signing in, and choosing a password."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import plain


class SignInForm(forms.Form):
    """Identifier and password of a local account."""

    identifier = forms.CharField(
        label=_("Identifiant, ou courriel vérifié"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@dataclass(frozen=True)
class Rule:
    """One rule of passwords, and whether a password meets it."""

    label: str | Promise
    met_by: Callable[[str], bool]


RULES = (
    Rule(_("8 caractères au moins"), lambda text: len(text) >= 8),
    Rule(_("Une majuscule"), lambda text: any(letter.isupper() for letter in text)),
    Rule(_("Un chiffre"), lambda text: any(letter.isdigit() for letter in text)),
    Rule(_("Un caractère spécial, par exemple - ! ? &"), lambda text: any(map(is_special, text))),
)
SHORTEST_NAME = 3


def is_special(letter: str) -> bool:
    return letter in string.punctuation or not (letter.isalnum() or letter.isspace())


class ChosenPasswordForm(forms.Form):
    """A password that one chooses. `names` are those of the person, of which it must not be made."""

    password = forms.CharField(
        label=_("Nouveau mot de passe"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, *args: Any, account: Account, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.names = names

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        missing = [str(rule.label) for rule in RULES if not rule.met_by(password)]
        if missing:
            raise ValidationError(_("Il manque : %(rules)s.") % {"rules": ", ".join(missing).lower()})
        if any(len(name) >= SHORTEST_NAME and plain(name) in plain(password) for name in self.names):
            raise ValidationError(_("Ce mot de passe contient votre nom. Choisissez-en un autre."))
        if self._is_common(password):
            raise ValidationError(_("Ce mot de passe est trop répandu. Choisissez-en un autre."))
        if self.is_the_present_one(password):
            raise ValidationError(_("C’est le mot de passe que vous aviez. Choisissez-en un autre."))
        return password

    def is_the_present_one(self, password: str) -> bool:
        return self.account.check_password(password)

    @staticmethod
    def _is_common(password: str) -> bool:
        """As it is, or once its figures and signs at the end are taken off (« Password-1 »)."""
        try:
            for form in (password, password.rstrip(string.digits + string.punctuation)):
                CommonPasswordValidator().validate(form)
        except ValidationError:
            return True
        return False

    @property
    def rules(self) -> list[tuple[str, bool]]:
        """Each rule, and whether what was typed meets it."""
        typed = self.data.get("password", "") if self.is_bound else ""
        return [(str(rule.label), bool(typed) and rule.met_by(typed)) for rule in RULES]


class NewPasswordForm(ChosenPasswordForm):
    """A new password for the account that is signed in; the present one too, save where it was provisional.

    `check` answers something for the present password only, and raises `TooMany` where it has been asked too often.
    """

    current = forms.CharField(
        label=_("Mot de passe actuel"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password")

    def __init__(self, *args: Any, check: Callable[[str], object], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check = check
        if self.account.must_change_password:
            del self.fields["current"]

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.check(current):
            raise ValidationError(_("Ce n’est pas votre mot de passe actuel."))
        return current

    def is_the_present_one(self, password: str) -> bool:
        """Asked of the account only where it has just been given: nobody learns a password by offering it as new."""
        if "current" in self.fields:
            return password == self.cleaned_data.get("current")
        return super().is_the_present_one(password)
