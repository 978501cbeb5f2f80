"""Passkeys: what the browser is asked, and what its answer is worth (WebAuthn level 2, sections 7.1 and 7.2)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ent.core import crypto
from ent.foundation.accounts.models import Account
from ent.identity.secondfactor.models import SecondFactor

STATE = "key_state"
LONGEST_ANSWER = 20_000


class KeyRefused(Exception):
    """The answer of the browser proves nothing."""


@dataclass(frozen=True)
class Checked:
    """A key whose answer is right; `count` is the number of its uses, 0 where it keeps none."""

    factor: SecondFactor
    count: int


@dataclass(frozen=True)
class NewKey:
    """A key that has just been made for us."""

    data: bytes
    credential_id: bytes
    count: int


def ask_new_key(request: HttpRequest, account: Account, label: str, known: Sequence[SecondFactor]) -> str:
    """What the browser needs to make a key, in JSON. Its challenge waits in the session and serves once."""
    user = PublicKeyCredentialUserEntity(name=account.identifier, id=_handle(account), display_name=label)
    options, state = _server().register_begin(
        user,
        credentials=[_credential(factor) for factor in known],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[STATE] = state
    return json.dumps(dict(options))


def read_new_key(request: HttpRequest, answer: str) -> NewKey:
    """Raises `KeyRefused`."""
    state = request.session.pop(STATE, None)
    try:
        data = _server().register_complete(state, _parsed(answer))
        credential = data.credential_data
    except (KeyError, TypeError, ValueError) as error:
        raise KeyRefused from error
    if credential is None:
        raise KeyRefused
    return NewKey(bytes(credential), credential.credential_id, data.counter)


def ask_key(request: HttpRequest, known: Sequence[SecondFactor], *, alone: bool = False) -> str:
    """What the browser needs to use one of these keys; any key of ours where it opens the account `alone`, and then
    only with the finger, the face or the code of the device."""
    needed = UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED
    credentials = None if alone else [_credential(factor) for factor in known]
    options, state = _server().authenticate_begin(credentials, user_verification=needed)
    request.session[STATE] = state
    return json.dumps(dict(options))


def read_key(request: HttpRequest, answer: str, *, account: Account | None = None) -> Checked:
    """The key that has answered, one of `account` unless it opens the account alone. Raises `KeyRefused`.

    Call inside `scope.EVERYTHING`.
    """
    state = request.session.pop(STATE, None)
    try:
        response = AuthenticationResponse.from_dict(_parsed(answer))
        rows = SecondFactor.objects.select_related("account").filter(credential_id=response.raw_id)
        factor = (rows.filter(account=account) if account else rows).get()
        _server().authenticate_complete(state, [_credential(factor)], _parsed(answer))
    except (KeyError, TypeError, ValueError, SecondFactor.DoesNotExist) as error:
        raise KeyRefused from error
    handle = response.response.user_handle
    if handle and handle != _handle(factor.account):
        raise KeyRefused
    return Checked(factor, response.response.authenticator_data.counter)


def _server() -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(name="Mon ENT Touraine", id=urlsplit(settings.PUBLIC_URL).hostname)
    return Fido2Server(entity, verify_origin=lambda origin: origin == settings.PUBLIC_URL)


def _handle(account: Account) -> bytes:
    """Names the account to a key without telling anything of it."""
    return crypto.fingerprint(str(account.pk), purpose=b"webauthn user")


def _credential(factor: SecondFactor) -> AttestedCredentialData:
    assert factor.secret is not None
    return AttestedCredentialData(factor.secret)


def _parsed(answer: str) -> Mapping[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found
