"""Whoever has a provisional password chooses their own before anything else."""

from django.http import HttpRequest

from ent.foundation.accounts.models import Account
from ent.identity.signin.queries.entrances import PASSWORD, Gate, gates


def is_provisional(request: HttpRequest, account: Account) -> bool:
    return account.must_change_password


gates.register(PASSWORD)(Gate(order=10, url_name="signin:change_password", stands=is_provisional))
