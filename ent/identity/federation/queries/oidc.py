"""OpenID Connect, our side (relying party): authorization code with PKCE (RFC 7636), state and nonce."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption

from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.matching import Identity
from ent.identity.federation.queries.proofs import Ended, ProofRefused, Told
from ent.identity.federation.queries.providers import OidcSide, address_of, read_oidc
from ent.identity.federation.queries.remote import Unreachable, fetch_json

SKEW_S = 180
ALGORITHMS = ["RS256", "PS256", "ES256"]
SCOPE = "openid profile email"
KEYS_S = 3600
KEYS_PAUSE_S = 60
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


def new_secret() -> str:
    """For a nonce, or the verifier of PKCE: 43 characters (RFC 7636, 4.1)."""
    return secrets.token_urlsafe(32)


def leave(provider: IdentityProvider, *, state: str, nonce: str, verifier: str, again: bool = False) -> str:
    """Where to send the browser. `again` asks for a fresh proof."""
    side = read_oidc(provider.metadata)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": address_of("answer", provider),
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | ({"prompt": "login", "max_age": "0"} if again else {})
    return side.authorize + ("&" if "?" in side.authorize else "?") + urlencode(asked)


def read_answer(provider: IdentityProvider, told: Mapping[str, str], *, nonce: str, verifier: str) -> Told:
    """Who has come, by the code of the provider's answer. Asks the provider: no transaction may be open around it.

    Raises `ProofRefused`.
    """
    side = read_oidc(provider.metadata)
    # RFC 9207: where the provider names itself, it is the one we went to (no mix-up between two).
    if told.get("iss", side.issuer) != side.issuer:
        raise ProofRefused("invalid")
    if "error" in told or not told.get("code"):
        raise ProofRefused("not_confirmed")
    try:
        tokens = _exchange(provider, side, told["code"], verifier)
        token = str(tokens.get("id_token", ""))
        claims = _check(provider, side, token, nonce)
        more = _userinfo(side, tokens, claims)
    except Unreachable as problem:
        raise ProofRefused("down") from problem
    return Told(
        identity=_identity(claims | more),
        proof=hashlib.sha256(token.encode()).hexdigest(),
        until=_until(claims),
        holder=str(claims["sub"]),
        index=str(claims.get("sid", "")),
        hint=token,
    )


def end_session_url(provider: IdentityProvider, id_token: str) -> str:
    """Where the provider ends its own session (RP-Initiated Logout 1.0); nothing where it has none."""
    side = read_oidc(provider.metadata)
    if not side.end_session or not id_token:
        return ""
    asked = {
        "id_token_hint": id_token,
        "client_id": provider.client_id,
        "post_logout_redirect_uri": address_of("signed_out", provider),
    }
    return side.end_session + ("&" if "?" in side.end_session else "?") + urlencode(asked)


def read_logout(provider: IdentityProvider, token: str) -> Ended:
    """Whose session the provider has ended, by its logout token (Back-Channel Logout 1.0, 2.4 and 2.6). Asks the
    provider for its keys: no transaction may be open around it.

    Raises `ProofRefused`.
    """
    try:
        claims = _claims(provider, read_oidc(provider.metadata), token, jti={"essential": True})
    except Unreachable as problem:
        raise ProofRefused("down") from problem
    events, holder, index = claims.get("events"), claims.get("sub", ""), claims.get("sid", "")
    is_logout = isinstance(events, dict) and isinstance(events.get(LOGOUT), dict)
    # With a nonce it could be an id_token, which opens sessions and closes none.
    if not is_logout or "nonce" in claims or not isinstance(index, str) or not (holder or index):
        raise ProofRefused("invalid")
    return Ended(f"logout|{claims['jti']}", _until(claims), holder, (index,))


def _until(claims: Mapping[str, Any]) -> datetime:
    """Until when a token would be taken, and must not be taken twice."""
    return datetime.fromtimestamp(int(claims["exp"]) + SKEW_S, UTC)


def _exchange(provider: IdentityProvider, side: OidcSide, code: str, verifier: str) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": address_of("answer", provider),
        "code_verifier": verifier,
    }
    headers = {"Accept": "application/json"}
    secret = provider.client_secret or ""
    if secret and "client_secret_basic" in side.token_methods:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        fields |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    return fetch_json(side.token, method="POST", headers=headers, fields=fields)


def _check(provider: IdentityProvider, side: OidcSide, token: str, nonce: str) -> dict[str, Any]:
    """The claims of an id_token, made for this sign-in (Core 3.1.3.7)."""
    claims = _claims(provider, side, token, sub={"essential": True}, nonce={"essential": True, "value": nonce})
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", provider.client_id if not several else "") != provider.client_id:
        raise ProofRefused("invalid")
    return claims


def _claims(provider: IdentityProvider, side: OidcSide, token: str, **more: ClaimsOption) -> dict[str, Any]:
    """What a token says that is signed by the provider, for us, fresh, and follows the rules of `more`."""
    try:
        claims: dict[str, Any] = _decode(provider, side, token).claims
        rules = jwt.JWTClaimsRegistry(
            now=None,
            leeway=SKEW_S,
            iss={"essential": True, "value": side.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            **more,
        )
        rules.validate(claims)
    except (JoseError, ValueError, TypeError) as problem:
        raise ProofRefused("clock" if "expired" in str(problem) else "invalid") from problem
    return claims


def _decode(provider: IdentityProvider, side: OidcSide, token: str) -> Any:
    try:
        return jwt.decode(token, _keys(provider, side), algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        # A key that we do not know yet, perhaps: they are read again, but not more than once a minute.
        if not cache.add(f"federation.keys.pause.{provider.pk}", 1, KEYS_PAUSE_S):
            raise
        return jwt.decode(token, _keys(provider, side, again=True), algorithms=ALGORITHMS)


def _keys(provider: IdentityProvider, side: OidcSide, *, again: bool = False) -> KeySet:
    name = f"federation.keys.{provider.pk}.{side.keys}"
    told = None if again else cache.get(name)
    if told is None:
        told = fetch_json(side.keys)
        cache.set(name, told, KEYS_S)
    # A secret key here would let anybody who reads the page sign.
    public = [key for key in told.get("keys", []) if isinstance(key, dict) and key.get("kty") in {"RSA", "EC"}]
    return KeySet.import_key_set({"keys": [key for key in public if key.get("use", "sig") == "sig"]})


def _userinfo(side: OidcSide, tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    if not side.userinfo or not tokens.get("access_token"):
        return {}
    told = fetch_json(side.userinfo, headers={"Authorization": f"Bearer {tokens['access_token']}"})
    if told.get("sub") != claims["sub"]:
        raise ProofRefused("invalid")
    return told


def _identity(claims: Mapping[str, Any]) -> Identity:
    def values(*names: str) -> tuple[str, ...]:
        found = [claims.get(name) for name in names]
        flat = [one for value in found for one in (value if isinstance(value, list) else [value])]
        return tuple(dict.fromkeys(str(one).strip()[:500] for one in flat if one))

    return Identity(
        subject=str(claims.get("FrEduCtId") or claims["sub"])[:500],
        first_name=next(iter(values("given_name")), ""),
        last_name=next(iter(values("family_name")), ""),
        references=values("FrEduCtRefId"),
        vectors=values("FrEduVecteur"),
        # An address that the provider itself does not hold for true is nobody's.
        mails=values("ctemail", "email", "mail") if claims.get("email_verified", True) is True else (),
        affiliation=next(iter(values("FrEduCtPersonAffiliation")), ""),
    )
