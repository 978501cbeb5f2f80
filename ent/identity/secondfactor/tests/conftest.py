"""People with a second factor, and browsers on the way in."""

import html
import re
from base64 import b32encode
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import add_application, begin_application
from ent.identity.secondfactor.models import SecondFactor
from tests.cast import PASSWORD, Cast


def key_of(factor: SecondFactor) -> pyotp.TOTP:
    """The application of a phone that was linked to it."""
    return pyotp.TOTP(b32encode(factor.secret).decode())


@pytest.fixture
def phone(cast: Cast) -> pyotp.TOTP:
    """Mme Fabre's, linked a while ago."""
    with scope.use(scope.EVERYTHING):
        factor = begin_application(cast.mme_fabre.account, by=SYSTEM)
        application = key_of(factor)
        assert add_application(factor, application.now(), by=SYSTEM)
        SecondFactor.objects.update(last_step=0)
    return application


@pytest.fixture
def enter(cast: Cast) -> Callable[..., Client]:
    """A browser in which somebody has given their password."""

    def given(name: str, client: Client | None = None) -> Client:
        client = client or Client(HTTP_HOST="ent.example")
        client.post("/connexion/", {"identifier": cast.people[name].account.identifier, "password": PASSWORD})
        return client

    return given


def prove(client: Client, ago: timedelta = timedelta()) -> Client:
    """Whoever is signed in has proved it a moment ago."""
    session = client.session
    session["proved_at"] = (timezone.now() - ago).timestamp()
    session.save()
    return client


def asked_by(page: bytes) -> str:
    """What a page asks of the browser's keys."""
    found = re.search(r'data-ent-key-(?:use|make)="([^"]*)"', page.decode())
    assert found, "the page asks for a key"
    return html.unescape(found.group(1))
