"""Identity providers for the tests, which speak as the demonstration's do: theirs is other code than ours."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from ent.core.actors import SYSTEM
from ent.core.certificates import Keys
from ent.demo.sandbox import oidc, saml
from ent.demo.sandbox.keys import sandbox_keys
from ent.demo.sandbox.people import SandboxPerson
from ent.demo.sandbox.saml import NS, Saying
from ent.demo.sandbox.server import CLIENT_ID, Sandbox, make_server, sandbox_in
from ent.directory.enums import Family
from ent.foundation.schools import scope
from ent.identity.federation.actions.providers import save_provider
from ent.identity.federation.enums import KeyState, Matching, Protocol
from ent.identity.federation.models import ExternalIdentity, IdentityProvider, ServiceKey
from ent.identity.signin.enums import Audience

__all__ = ["NS", "ExternalIdentity", "Sandbox", "SandboxPerson", "Saying", "oidc", "saml"]

OURS = "https://ent.example"


@pytest.fixture(autouse=True)
def our_address(settings):
    """For the tests of whoever imports it: our public address, which proofs are made for."""
    settings.PUBLIC_URL = OURS


BASE = "https://idp.example/educonnect"


@cache
def keys_named(name: str) -> Keys:
    """A pair of keys, the same for a name during the whole run."""
    return sandbox_keys()


def our_key(state: str = KeyState.CURRENT) -> ServiceKey:
    keys = keys_named(f"ours {state}")
    return ServiceKey.objects.create(state=state, private=keys.private, certificate=keys.certificate)


def saml_provider(slug: str = "educonnect", **changes: Any) -> IdentityProvider:
    """ÉduConnect, or another provider that speaks SAML; open."""
    if not ServiceKey.objects.filter(state=KeyState.CURRENT).exists():
        our_key()
    told = {
        "name": "ÉduConnect",
        "protocol": Protocol.SAML,
        "audience": Audience.FAMILIES,
        "families": [Family.LEARNERS, Family.GUARDIANS],
        "academies": ["18"],
        "metadata": saml.metadata(BASE, keys_named("idp")),
        "is_open": True,
    }
    provider = IdentityProvider(slug=slug, **(told | changes))
    save_provider(provider, by=SYSTEM)
    return provider


class Idp:
    """A SAML provider seen from a browser: it takes the request that we send, and answers what a test wants."""

    def __init__(self, client: Client, slug: str = "educonnect") -> None:
        self.client, self.slug = client, slug
        self.keys = keys_named("idp")

    def leave(self, query: str = "") -> saml.Saying:
        """Go to the provider; what an honest answer would say."""
        response = self.client.get(reverse("federation:leave", args=[self.slug]) + query, secure=True)
        assert response.status_code == 302, response.content
        assert response["Location"].startswith(BASE + "/sso?"), response["Location"]
        asked = response["Location"].partition("?")[2]
        metadata = self.client.get(reverse("federation:metadata", args=[self.slug]), secure=True).content
        service = saml.read_service(metadata)
        saml.check_redirect(asked, "SAMLRequest", service)
        question = saml.read_question(saml.read_redirect(asked, "SAMLRequest"))
        assert question.answer_url == service.answer_url
        self.relay = unquote_plus(saml._raw(asked)["RelayState"])
        self.service = service
        return saml.Saying(
            issuer=BASE + "/metadata",
            audience=service.entity_id,
            recipient=service.answer_url,
            in_response_to=question.id,
            attributes={},
        )

    def answer(self, xml: str, *, relay: str | None = None) -> Any:
        """The provider's form, sent by the browser without any cookie that other sites do not see."""
        told = {
            "SAMLResponse": base64.b64encode(xml.encode()).decode(),
            "RelayState": self.relay if relay is None else relay,
        }
        return self.client.post(reverse("federation:answer", args=[self.slug]), told, secure=True)

    def arrive(self, xml: str) -> Any:
        """The answer, then the page of ours to which it leads."""
        response = self.answer(xml)
        assert response.status_code == 303, response.content.decode()
        assert response["Location"] == reverse("federation:arrive")
        return self.client.get(response["Location"], secure=True)


class Journey:
    """A browser on the way by the académie's OpenID Connect."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.client = sandbox, Client(HTTP_HOST="ent.example")

    def leave(self, query: str = "") -> dict[str, str]:
        """Go to the provider; what it is asked."""
        response = self.client.get(reverse("federation:leave", args=["academie"]) + query, secure=True)
        url = urlsplit(response["Location"])
        assert f"{url.scheme}://{url.netloc}" == self.sandbox.url
        return dict(parse_qsl(url.query))

    def code(self, asked: dict[str, str], who: str, *, sid: str = "") -> str:
        self.sandbox.provider.check(asked)
        person = self.sandbox.person("academie", who)
        assert person is not None
        return self.sandbox.provider.grant(asked, person, sid)

    def answer(self, **told: str) -> Any:
        return self.client.get(reverse("federation:answer", args=["academie"]), told, secure=True)

    def enter(self, who: str, *, sid: str = "", query: str = "") -> Any:
        asked = self.leave(query)
        code = self.code(asked, who, sid=sid)
        return self.answer(state=asked["state"], code=code, iss=self.sandbox.provider.issuer)

    def arrive(self, who: str, *, sid: str = "", query: str = "") -> Any:
        response = self.enter(who, sid=sid, query=query)
        assert response.status_code == 303, response.content.decode()
        return self.client.get(response["Location"], secure=True)


def signed_by_secret(claims: Mapping[str, Any], secret: bytes, *, kid: str = "") -> str:
    """A token whose signature anybody makes who knows `secret`, as no library of today would let one make it."""
    header = {"alg": "HS256", "typ": "JWT"} | ({"kid": kid} if kid else {})
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, dict(claims))]
    mark = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(mark).rstrip(b"=")]).decode()


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@contextmanager
def running_sandbox(folder: Path, people: list[SandboxPerson]) -> Iterator[Sandbox]:
    """The sandbox on a free port of this machine, as a real server."""
    folder.mkdir(exist_ok=True)
    told = [one.__dict__ | {"references": list(one.references)} for one in people]
    (folder / "people.json").write_text(json.dumps(told))
    sandbox = sandbox_in(folder, url="", service_url=OURS)
    server = make_server(sandbox, "127.0.0.1", 0)
    sandbox.url = f"http://127.0.0.1:{server.server_port}"
    sandbox.provider.issuer = f"{sandbox.url}/academie"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        server.shutdown()
        server.server_close()


def oidc_provider(idp: oidc.Provider, slug: str = "academie", **changes: Any) -> IdentityProvider:
    """The académie's provider, which speaks OpenID Connect; open."""
    told = {
        "name": "le compte académique",
        "protocol": Protocol.OIDC,
        "audience": Audience.STAFF,
        "families": [Family.STAFF],
        "matching": Matching.MAIL,
        "metadata": json.dumps(idp.discovery()),
        "client_id": CLIENT_ID,
        "client_secret": idp.client_secret,
        "is_open": True,
    }
    provider = IdentityProvider(slug=slug, **(told | changes))
    with scope.use(scope.EVERYTHING):
        if not ServiceKey.objects.filter(state=KeyState.CURRENT).exists():
            our_key()
        save_provider(provider, by=SYSTEM)
    return provider


class LetterBox(HTTPServer):
    """Takes what a provider posts to our server, which cannot be reached: a test hands it over."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Letter)
        self.letters: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Letter(BaseHTTPRequestHandler):
    server: LetterBox

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.letters.append(dict(parse_qsl(text)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def running_letter_box() -> Iterator[LetterBox]:
    with LetterBox() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
