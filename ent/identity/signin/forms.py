"""Signing in, and choosing a password."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ent.foundation.accounts.models import Account
from ent.identity.signin.queries.passwords import Rule, is_common, policy_of


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
    stays = forms.BooleanField(
        label=_("C’est mon appareil\u00a0: rester connecté"),
        required=False,
        help_text=_("Élèves et familles seulement. Jamais sur un ordinateur partagé."),
    )


class ChosenPasswordForm(forms.Form):
    """A password that one chooses for `account`, by the rules that hold for its person."""

    password = forms.CharField(
        label=_("Nouveau mot de passe"),
        max_length=200,
        strip=False,
        error_messages={"max_length": _("Un mot de passe a 200 caractères au plus. Celui-ci en a %(show_value)d.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.policy = policy_of(account)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password != password.strip():
            raise ValidationError(_("Il y a une espace au début ou à la fin. Retirez-la : elle se perd facilement."))
        missing = [str(rule.label) for rule in self.policy.rules if not rule.met_by(password)]
        if missing:
            raise ValidationError(_("Il manque : %(rules)s.") % {"rules": ", ".join(missing).lower()})
        if self.policy.is_own(password):
            raise ValidationError(
                _("Ce mot de passe contient votre nom, votre identifiant ou votre date. Choisissez-en un autre.")
            )
        if is_common(password):
            raise ValidationError(_("Ce mot de passe est trop répandu. Choisissez-en un autre."))
        if self.is_the_present_one(password):
            raise ValidationError(_("C’est le mot de passe que vous aviez. Choisissez-en un autre."))
        return password

    def is_the_present_one(self, password: str) -> bool:
        return self.account.check_password(password)

    @property
    def rules(self) -> list[tuple[Rule, bool]]:
        """Each rule, and whether what was typed meets it."""
        typed = self.data.get("password", "") if self.is_bound else ""
        return [(rule, bool(typed) and rule.met_by(typed)) for rule in self.policy.rules]


class NewPasswordForm(ChosenPasswordForm):
    """A new password for the account that is signed in; the present one too, save where it was provisional.

    `check` answers something for the present password only, and raises `TooMany` where it has been asked too often.
    `is_proved`: they have just proved otherwise who they are, and the present one is not asked.
    """

    current = forms.CharField(
        label=_("Mot de passe actuel"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password")

    def __init__(self, *args: Any, check: Callable[[str], object], is_proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check = check
        if self.account.must_change_password or is_proved:
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
