"""Checks an identifier and a password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from ent.foundation.accounts.models import Account


class IdentifierBackend(BaseBackend):
    """Case-insensitive identifier; an unknown one costs the same time as a wrong password."""

    def authenticate(
        self, request: HttpRequest | None, identifier: str = "", password: str = "", **_: Any
    ) -> Account | None:
        account = Account.objects.filter(identifier__iexact=identifier.strip()).first()
        if account is None:
            Account().set_password(password)
            return None
        return account if account.check_password(password) else None

    def get_user(self, user_id: int) -> Account | None:
        return Account.objects.filter(pk=user_id).first()
