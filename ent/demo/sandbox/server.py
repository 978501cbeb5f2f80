"""The sandbox's web server: two providers in SAML (ÉduConnect, Agriculture) and one in OpenID Connect (académie)."""

import base64
import json
import secrets
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ent.core.certificates import Keys
from ent.demo.sandbox import oidc, pages, saml
from ent.demo.sandbox.keys import keys_in, sandbox_keys
from ent.demo.sandbox.people import SandboxPerson, read_people

SAML_FACES = {"educonnect": "ÉduConnect", "agriculture": "Agriculture"}
# One of them signs out by forms alone, as some providers do.
SIGN_OUT = {"educonnect": saml.REDIRECT, "agriculture": saml.POST}
OIDC_FACE, OIDC_NAME = "academie", "compte académique"
CLIENT_ID = "mon-ent-touraine"
OID = "urn:oid:1.3.6.1.4.1.20326.10.999.1."
LONGEST = 200_000


@dataclass
class Session:
    """A browser known to one face: who, and what the service calls the session."""

    person: SandboxPerson
    name_id: str = ""
    index: str = ""


@dataclass
class Sandbox:
    """What the server knows: its addresses, its keys, its people, who is signed in."""

    url: str
    service_url: str
    folder: Path
    keys: Keys
    provider: oidc.Provider
    sessions: dict[str, Session] = field(default_factory=dict)
    other_keys: Keys = field(default_factory=sandbox_keys)

    def person(self, face: str, key: str) -> SandboxPerson | None:
        return next((one for one in read_people(self.folder) if (one.face, one.key) == (face, key)), None)

    def people(self, face: str) -> list[SandboxPerson]:
        return [one for one in read_people(self.folder) if one.face == face]

    def base(self, face: str) -> str:
        return f"{self.url}/{face}"

    def metadata(self, face: str) -> str:
        return saml.metadata(self.base(face), self.keys, sign_out=SIGN_OUT[face])

    def service(self, issuer: str) -> saml.Service:
        """The metadata of our one service, read from it. Raises `Refused`."""
        if not issuer.startswith(self.service_url + "/"):
            raise saml.Refused("issuer")
        with urllib.request.urlopen(issuer, timeout=5) as answer:  # noqa: S310 — begins with our service's address
            return saml.read_service(answer.read(LONGEST))


def client_secret(folder: Path) -> str:
    file = folder / "client_secret"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def sandbox_in(folder: Path, *, url: str, service_url: str) -> Sandbox:
    keys = keys_in(folder)
    provider = oidc.Provider(
        f"{url}/{OIDC_FACE}",
        keys,
        client_id=CLIENT_ID,
        client_secret=client_secret(folder),
        redirect_uri=f"{service_url}/connexion/externe/{OIDC_FACE}/retour/",
    )
    return Sandbox(url, service_url, folder, keys, provider)


def make_server(sandbox: Sandbox, host: str, port: int) -> ThreadingHTTPServer:
    handler = type("BoundHandler", (Handler,), {"sandbox": sandbox})
    return ThreadingHTTPServer((host, port), handler)


class Handler(BaseHTTPRequestHandler):
    """One request; `sandbox` is set by `make_server`."""

    sandbox: Sandbox
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), LONGEST)
        self._answer(dict(parse_qsl(self.rfile.read(length).decode(errors="replace"), keep_blank_values=True)))

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the service's own log tells what matters."""

    # --- Routes ---

    def _answer(self, form: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        face, _, name = parts.path.strip("/").partition("/")
        try:
            if parts.path in {"/style.css", "/submit.js"}:
                self._static(parts.path)
            elif parts.path == "/favicon.ico":
                self._send("", status=HTTPStatus.NO_CONTENT)
            elif face in SAML_FACES:
                self._saml(face, name, parts.query, form)
            elif face == OIDC_FACE:
                self._oidc(name, form)
            else:
                self._send("", status=HTTPStatus.NOT_FOUND)
        except (saml.Refused, OSError) as problem:
            text = f"<p>La demande du service a été refusée ({problem}).</p>"
            self._send(pages.page("Demande refusée", text, face=face), status=HTTPStatus.BAD_REQUEST)
        except oidc.Refused as problem:
            self._json({"error": problem.error}, status=HTTPStatus.BAD_REQUEST)

    def _static(self, path: str) -> None:
        kind, text = ("text/css", pages.STYLE) if path == "/style.css" else ("text/javascript", pages.SUBMIT)
        self._send(text, kind=kind)

    def _saml(self, face: str, name: str, query: str, form: dict[str, str]) -> None:
        if name == "metadata":
            self._send(self.sandbox.metadata(face), kind="application/samlmetadata+xml")
        elif name == "sso":
            self._sign_in(face, query if not form else form["query"], form)
        elif name == "slo":
            self._sign_out(face, query, form)
        elif name == "logout":
            self._sign_out_everywhere(face)
        else:
            self._face_home(face)

    def _sign_in(self, face: str, query: str, form: dict[str, str]) -> None:
        sandbox = self.sandbox
        question = saml.read_question(saml.read_redirect(query, "SAMLRequest"))
        service = sandbox.service(question.issuer)
        saml.check_redirect(query, "SAMLRequest", service)
        if question.answer_url != service.answer_url:
            raise saml.Refused("answer_url")
        session = self._session(face)
        person = sandbox.person(face, form.get("person", "")) or (
            session.person if session and not question.is_forced and not form else None
        )
        if person is None and not form.get("situation"):
            kept = {"query": query}
            self._send(pages.choose(sandbox.people(face), f"/{face}/sso", kept, face=SAML_FACES[face]))
            return
        self._send_assertion(face, query, question, service, person, form.get("situation", ""))

    def _send_assertion(
        self,
        face: str,
        query: str,
        question: saml.Question,
        service: saml.Service,
        person: SandboxPerson | None,
        situation: str,
    ) -> None:
        who = person or self.sandbox.people(face)[0]
        saying = saml.Saying(
            issuer=self.sandbox.base(face) + "/metadata",
            audience=service.entity_id,
            recipient=service.answer_url,
            in_response_to=question.id,
            attributes=attributes_of(who),
            at=datetime.now(UTC) - timedelta(hours=1 if situation == "vieux" else 0),
            status="Responder" if situation == "annuler" else "Success",
        )
        keys = self.sandbox.other_keys if situation == "autre-cle" else self.sandbox.keys
        xml = saml.response(saying)
        if saying.status == "Success":
            xml = saml.sign(xml, keys)
        if saying.status == "Success" and face == "agriculture":
            xml = saml.encrypt(xml, service.certificates[0])
        told = {
            "SAMLResponse": base64.b64encode(saml.sign(xml, keys, what="samlp:Response").encode()).decode(),
            "RelayState": dict(parse_qsl(query)).get("RelayState", ""),
        }
        cookie = self._open(face, Session(who, saying.name_id, saying.index)) if person else ""
        self._send(pages.post_back(service.answer_url, told, face=SAML_FACES[face]), cookie=cookie)

    def _sign_out(self, face: str, query: str, form: dict[str, str]) -> None:
        """The service asks, or answers."""
        sandbox = self.sandbox
        if "SAMLResponse" in self.query | form:
            text = "<p>Le service a fermé la session lui aussi.</p>"
            self._send(pages.page("Déconnecté partout", text, face=SAML_FACES[face]), cookie=self._close(face))
            return
        service = self._service_of(face)
        if SIGN_OUT[face] == saml.POST:
            root = saml.read_form(form.get("SAMLRequest", ""), service)
        else:
            saml.check_redirect(query, "SAMLRequest", service)
            root = saml.read_redirect(query, "SAMLRequest")
        answer = saml.logout_response(sandbox.base(face) + "/metadata", service, in_response_to=root.get("ID", ""))
        self._carry(face, service, "SAMLResponse", answer, cookie=self._close(face))

    def _sign_out_everywhere(self, face: str) -> None:
        session = self._session(face)
        if session is None:
            self._face_home(face)
            return
        service = self._service_of(face)
        asked = saml.logout_request(
            self.sandbox.base(face) + "/metadata", service, name_id=session.name_id, index=session.index
        )
        self._carry(face, service, "SAMLRequest", asked)

    def _service_of(self, face: str) -> saml.Service:
        return self.sandbox.service(f"{self.sandbox.service_url}/connexion/externe/{face}/metadonnees.xml")

    def _carry(self, face: str, service: saml.Service, name: str, xml: str, *, cookie: str = "") -> None:
        """A message about signing out, on its way to the service."""
        keys = self.sandbox.keys
        if SIGN_OUT[face] == saml.POST:
            told = saml.form_fields(name, xml, keys)
            self._send(pages.post_back(service.sign_out_url, told, face=SAML_FACES[face]), cookie=cookie)
        else:
            self._redirect(saml.redirect_url(service.sign_out_url, name, xml, keys), cookie=cookie)

    def _face_home(self, face: str) -> None:
        session = self._session(face)
        if session:
            name = f"{session.person.first_name} {session.person.last_name}"
            body = f'<p>Vous êtes {name}.</p><p><a href="/{face}/logout">Se déconnecter partout</a></p>'
        else:
            body = "<p>Personne n’est connecté ici.</p>"
        self._send(pages.page("Mon compte", body, face=SAML_FACES.get(face, OIDC_NAME)))

    def _oidc(self, name: str, form: dict[str, str]) -> None:
        provider = self.sandbox.provider
        if name == ".well-known/openid-configuration":
            self._json(provider.discovery())
        elif name == "jwks":
            self._json(provider.jwks())
        elif name == "token":
            self._json(provider.exchange(form, self.headers.get("Authorization", "")))
        elif name == "userinfo":
            self._json(provider.userinfo(self.headers.get("Authorization", "")))
        elif name == "authorize":
            self._authorize(dict(parse_qsl(form["query"])) if form else self.query, form)
        elif name == "logout":
            self._tell_service()
            url = self.query.get("post_logout_redirect_uri", "")
            ours = url.startswith(self.sandbox.service_url + "/")
            self._redirect(url if ours else f"/{OIDC_FACE}/", cookie=self._close(OIDC_FACE))
        else:
            self._face_home(OIDC_FACE)

    def _authorize(self, asked: dict[str, str], form: dict[str, str]) -> None:
        sandbox = self.sandbox
        sandbox.provider.check(asked)
        session = self._session(OIDC_FACE)
        forced = asked.get("prompt") == "login" and not form
        person = sandbox.person(OIDC_FACE, form.get("person", "")) or (
            session.person if session and not forced else None
        )
        told = {"state": asked.get("state", ""), "iss": sandbox.provider.issuer}
        if form.get("situation"):
            self._redirect(f"{asked['redirect_uri']}?{urlencode(told | {'error': 'access_denied'})}")
        elif person is None:
            kept = {"query": urlencode(asked)}
            self._send(pages.choose(sandbox.people(OIDC_FACE), f"/{OIDC_FACE}/authorize", kept, face=OIDC_NAME))
        else:
            sid = session.index if session and session.person == person else secrets.token_hex(16)
            code = sandbox.provider.grant(asked, person, sid)
            cookie = self._open(OIDC_FACE, Session(person, index=sid))
            self._redirect(f"{asked['redirect_uri']}?{urlencode(told | {'code': code})}", cookie=cookie)

    def _tell_service(self) -> None:
        """Back-channel logout: from this server to the service's, whether it listens or not."""
        session, provider = self._session(OIDC_FACE), self.sandbox.provider
        if session is None:
            return
        token = provider.logout_token(provider.logout_claims(session.person, session.index))
        url = f"{self.sandbox.service_url}/connexion/externe/{OIDC_FACE}/deconnexion-directe/"
        with suppress(OSError):
            urllib.request.urlopen(url, urlencode({"logout_token": token}).encode(), timeout=5).close()  # noqa: S310

    # --- Sessions and answers ---

    def _session(self, face: str) -> Session | None:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(f"sandbox_{face}")
        return self.sandbox.sessions.get(cookie.value) if cookie else None

    def _open(self, face: str, session: Session) -> str:
        token = secrets.token_urlsafe(24)
        self.sandbox.sessions[token] = session
        return f"sandbox_{face}={token}; Path=/; HttpOnly; SameSite=Lax"

    def _close(self, face: str) -> str:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(f"sandbox_{face}")
        if cookie:
            self.sandbox.sessions.pop(cookie.value, None)
        return f"sandbox_{face}=; Path=/; Max-Age=0"

    def _json(self, told: dict[str, Any], *, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(told), kind="application/json", status=status)

    def _redirect(self, url: str, *, cookie: str = "") -> None:
        self._send("", status=HTTPStatus.SEE_OTHER, cookie=cookie, location=url)

    def _send(
        self,
        text: str,
        *,
        kind: str = "text/html",
        status: HTTPStatus = HTTPStatus.OK,
        cookie: str = "",
        location: str = "",
    ) -> None:
        content = text.encode()
        self.send_response(status)
        named = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
        }
        named |= {"Set-Cookie": cookie} if cookie else {}
        named |= {"Location": location} if location else {}
        for name, value in named.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def attributes_of(person: SandboxPerson) -> dict[str, tuple[str, ...]]:
    """What ÉduConnect tells of somebody, under the names that it gives."""
    told = {
        f"{OID}57": (person.lasting_id,),
        f"{OID}7": (person.affiliation,) if person.affiliation else (),
        "urn:oid:2.5.4.4": (person.last_name,),
        "urn:oid:2.5.4.42": (person.first_name,),
        "FrEduCtRefId": person.references,
        "mail": (person.mail,) if person.mail else (),
    }
    return {name: values for name, values in told.items() if values}
