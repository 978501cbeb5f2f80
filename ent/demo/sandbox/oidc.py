"""OpenID Connect as a provider speaks it: discovery, authorization code with PKCE, tokens, userinfo, sign-out."""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from ent.core.certificates import Keys
from ent.demo.sandbox.people import SandboxPerson

CODE_S = 60
TOKEN_S = 300
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class Refused(Exception):
    """`error` as RFC 6749 names it."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    person: SandboxPerson
    redirect_uri: str
    nonce: str
    challenge: str
    at: float
    # What the session of the browser that asked is called.
    sid: str = ""


class Provider:
    """One OpenID Connect provider with one client."""

    def __init__(self, issuer: str, keys: Keys, *, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        self.redirect_uri = redirect_uri
        self.key = RSAKey.import_key(keys.private, {"use": "sig", "alg": "RS256"})
        self.kid = str(self.key.thumbprint())
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, SandboxPerson] = {}
        self.lock = threading.Lock()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/logout",
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False) | {"kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def check(self, asked: Mapping[str, str]) -> None:
        """Raises `Refused` unless the question is our client's, with PKCE."""
        right = (
            asked.get("client_id") == self.client_id
            and asked.get("redirect_uri") == self.redirect_uri
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
        )
        if not right:
            raise Refused("invalid_request")

    def grant(self, asked: Mapping[str, str], person: SandboxPerson, sid: str = "") -> str:
        code = secrets.token_urlsafe(32)
        with self.lock:
            self.codes[code] = Grant(
                person, asked["redirect_uri"], asked.get("nonce", ""), asked["code_challenge"], time.time(), sid
            )
        return code

    def exchange(self, asked: Mapping[str, str], authorization: str) -> dict[str, Any]:
        """The tokens of a code, once, within a minute. Raises `Refused`."""
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if not hmac.compare_digest(authorization, f"Basic {pair}"):
            raise Refused("invalid_client")
        with self.lock:
            grant = self.codes.pop(asked.get("code", ""), None)
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if (
            grant is None
            or time.time() - grant.at > CODE_S
            or asked.get("redirect_uri") != grant.redirect_uri
            or base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != grant.challenge
        ):
            raise Refused("invalid_grant")
        access = secrets.token_urlsafe(32)
        self.tokens[access] = grant.person
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_S,
            "id_token": self.id_token(
                self.claims(grant.person, grant.nonce) | ({"sid": grant.sid} if grant.sid else {})
            ),
        }

    def claims(self, person: SandboxPerson, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": person.lasting_id[:40],
            "iat": now,
            "exp": now + TOKEN_S,
            "nonce": nonce,
        }

    def id_token(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.kid}, dict(claims), self.key)

    def logout_claims(self, person: SandboxPerson, sid: str) -> dict[str, Any]:
        """What the service is told when the session ends (OpenID Connect Back-Channel Logout 1.0, 2.4)."""
        told = self.claims(person, "") | {"jti": secrets.token_hex(16), "sid": sid, "events": {LOGOUT: {}}}
        del told["nonce"]
        return told

    def logout_token(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.kid, "typ": "logout+jwt"}, dict(claims), self.key)

    def userinfo(self, authorization: str) -> dict[str, Any]:
        person = self.tokens.get(authorization.removeprefix("Bearer "))
        if person is None:
            raise Refused("invalid_token")
        return {
            "sub": person.lasting_id[:40],
            "given_name": person.first_name,
            "family_name": person.last_name,
            "email": person.mail,
            "email_verified": True,
        }
