"""Account: what signs in. WebSession: one browser in which it is signed in. FailedPassword: a try that failed."""

import unicodedata
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


def _normal(password: str | None) -> str | None:
    """An accent typed as one sign or as two is the same password: keyboards differ."""
    return None if password is None else unicodedata.normalize("NFKC", password)


class AccountManager(BaseUserManager["Account"]):
    """Finds an account by its identifier, whatever the case."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(identifier__iexact=username)


class Account(AbstractBaseUser):
    """One person, one account. No password can be read back: only its Argon2id hash is kept."""

    identifier = models.CharField(
        _("identifiant"), max_length=80, unique=True, error_messages={"unique": _("Cet identifiant est déjà pris.")}
    )
    activated_at = models.DateTimeField(_("activé le"), null=True, blank=True)
    must_change_password = models.BooleanField(_("mot de passe provisoire"), default=False)
    provisional_until = models.DateTimeField(_("mot de passe provisoire valable jusqu’au"), null=True, blank=True)
    locked_at = models.DateTimeField(_("bloqué le"), null=True, blank=True)
    # Without it, locked until somebody opens it again.
    locked_until = models.DateTimeField(_("bloqué jusqu’au"), null=True, blank=True)
    locked_reason = models.CharField(_("raison du blocage"), max_length=200, blank=True)
    theme = models.CharField(
        _("thème"), max_length=5, blank=True, choices=[("light", _("Clair")), ("dark", _("Sombre"))]
    )
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)

    USERNAME_FIELD = "identifier"
    objects = AccountManager()

    class Meta:
        verbose_name = _("compte")
        constraints = [
            models.UniqueConstraint(
                Lower("identifier"),
                name="account_identifier_once",
                violation_error_message=_("Cet identifiant est déjà pris."),
            )
        ]

    def __str__(self) -> str:
        return self.identifier

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(_normal(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(_normal(raw_password))

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.locked_at is None or (self.locked_until is not None and self.locked_until <= timezone.now())

    @property
    def provisional_is_over(self) -> bool:
        """Its password was provisional and has waited too long: only a new one opens the account."""
        until = self.provisional_until
        return self.must_change_password and until is not None and until <= timezone.now()


class WebSessionManager(BaseSessionManager["WebSession"]):
    pass


class WebSession(AbstractBaseSession):
    """A browser's session, tied to its account so that it can be listed and closed."""

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="web_sessions")
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True)
    device = models.CharField(max_length=200, blank=True)
    # The session of another service that opened this one, and whose it is there (keyed hashes): when that service says
    # that either is over, this one is.
    origin = models.BinaryField(max_length=16, null=True, db_index=True)
    origin_holder = models.BinaryField(max_length=16, null=True, db_index=True)

    objects: ClassVar[WebSessionManager] = WebSessionManager()

    class Meta:
        verbose_name = _("session")

    @property
    def reference(self) -> str:
        """Names the session in a page without giving its key away."""
        return salted_hmac("ent.session.reference", self.session_key).hexdigest()[:20]

    @classmethod
    def get_session_store_class(cls):  # type: ignore[no-untyped-def]
        from ent.foundation.accounts.sessions import SessionStore  # noqa: PLC0415  (the store needs this model)

        return SessionStore


class FailedPassword(models.Model):
    """A wrong password, counted for the account that was named, known or not, and for the address it came from.

    Both are keyed hashes (`Attempt`): a person who types their password in the wrong field leaves nothing to read.
    """

    account_key = models.BinaryField(max_length=16)
    address_key = models.BinaryField(max_length=16, null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("mot de passe refusé")
        indexes = [
            models.Index(fields=["account_key", "-at"], name="failed_of_account"),
            models.Index(fields=["address_key", "-at"], name="failed_of_address"),
        ]
