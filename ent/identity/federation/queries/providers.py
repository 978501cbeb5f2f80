"""The providers, what one reads in their metadata, and where our own addresses for them are."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.identity.federation.enums import Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.xml import Hostile, parse

LONGEST_METADATA = 512 * 1024
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class SamlSide:
    """What a SAML provider publishes of itself; certificates in base64, without their armour."""

    entity_id: str
    sign_in_url: str
    sign_out_url: str = ""
    sign_out_answer_url: str = ""
    # By a form (HTTP-POST), where it takes no redirect.
    signs_out_by_post: bool = False
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OidcSide:
    """What an OpenID Connect provider publishes of itself."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str = ""
    end_session: str = ""
    token_methods: tuple[str, ...] = ("client_secret_basic",)


def open_provider(slug: str) -> IdentityProvider | None:
    return IdentityProvider.objects.filter(slug=slug, is_open=True).first()


def open_providers() -> list[IdentityProvider]:
    return list(IdentityProvider.objects.filter(is_open=True).defer("metadata", "client_secret"))


def address_of(name: str, provider: IdentityProvider) -> str:
    """The full address of one of our pages for this provider, as the provider knows it."""
    return settings.PUBLIC_URL + reverse(f"federation:{name}", args=[provider.slug])


def read_saml(text: str) -> SamlSide:
    """Raises `ValidationError` with a French sentence where the metadata are of no use."""
    entity = _entity_of(text)
    entity_id = entity.get("entityID", "")
    role = entity.find(f"{MD}IDPSSODescriptor")
    if role is None or not entity_id:
        raise ValidationError(_("Ces métadonnées ne décrivent pas de fournisseur d’identité (IDPSSODescriptor)."))
    sign_in = _location(role, "SingleSignOnService", REDIRECT)
    if sign_in is None:
        raise ValidationError(_("Ces métadonnées n’ont pas d’adresse de connexion en HTTP-Redirect."))
    certificates = _signing_certificates(role)
    if not certificates:
        raise ValidationError(
            _("Ces métadonnées n’ont pas de clé de signature\u00a0: rien de ce fournisseur ne pourrait être vérifié.")
        )
    return SamlSide(entity_id, check_address(sign_in.get("Location", "")), certificates=certificates, **_sign_out(role))


def _sign_out(role: Any) -> dict[str, Any]:
    found = _location(role, "SingleLogoutService", REDIRECT, POST)
    if found is None:
        return {}
    url = check_address(found.get("Location", ""))
    return {
        "sign_out_url": url,
        "sign_out_answer_url": check_address(found.get("ResponseLocation") or url),
        "signs_out_by_post": found.get("Binding") == POST,
    }


def _entity_of(text: str) -> Any:
    try:
        root = parse(text.encode(), longest=LONGEST_METADATA)
    except Hostile as problem:
        raise ValidationError(str(problem)) from problem
    if root.tag == f"{MD}EntityDescriptor":
        return root
    entities = [one for one in root.iter(f"{MD}EntityDescriptor") if one.find(f"{MD}IDPSSODescriptor") is not None]
    if len(entities) != 1:
        raise ValidationError(_("Ce fichier décrit %d fournisseurs. Donnez les métadonnées d’un seul.") % len(entities))
    return entities[0]


def _location(role: Any, name: str, *bindings: str) -> Any:
    """By the first of these bindings that is there."""
    found = {one.get("Binding"): one for one in reversed(role.findall(f"{MD}{name}"))}
    return next((found[binding] for binding in bindings if binding in found), None)


def _signing_certificates(role: Any) -> tuple[str, ...]:
    """Two where the provider is changing its key: either is right."""
    keys = [key for key in role.findall(f"{MD}KeyDescriptor") if key.get("use", "signing") == "signing"]
    found = ["".join((one.text or "").split()) for key in keys for one in key.iter(f"{DS}X509Certificate")]
    return tuple(dict.fromkeys(filter(None, found)))


def read_oidc(text: str) -> OidcSide:
    """Raises `ValidationError` with a French sentence where the discovery is of no use."""
    try:
        told = json.loads(text)
    except ValueError as problem:
        raise ValidationError(_("Ce n’est pas un fichier de découverte OpenID Connect (JSON).")) from problem
    if not isinstance(told, dict) or not isinstance(told.get("issuer"), str):
        raise ValidationError(_("Ce fichier de découverte n’a pas d’émetteur (issuer)."))
    missing = [name for name in ENDPOINTS if not isinstance(told.get(name), str)]
    if missing:
        raise ValidationError(_("Ce fichier de découverte n’a pas\u00a0: %s.") % ", ".join(missing))
    return OidcSide(
        issuer=told["issuer"],
        authorize=check_address(told["authorization_endpoint"]),
        token=check_address(told["token_endpoint"]),
        keys=check_address(told["jwks_uri"]),
        userinfo=check_address(told.get("userinfo_endpoint") or "", optional=True),
        end_session=check_address(told.get("end_session_endpoint") or "", optional=True),
        token_methods=tuple(told.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",)),
    )


def check_address(url: str, *, optional: bool = False) -> str:
    """An address to which people or secrets are sent: over TLS, save on a developer's own machine."""
    local = settings.MODE != "production" and url.startswith(("http://127.0.0.1", "http://localhost"))
    if (optional and not url) or url.startswith("https://") or local:
        return url
    raise ValidationError(_("« %s » n’est pas une adresse protégée (https).") % url[:200])


def check_metadata(provider: IdentityProvider) -> SamlSide | OidcSide:
    """What the provider's metadata say. Raises `ValidationError`."""
    return read_saml(provider.metadata) if provider.protocol == Protocol.SAML else read_oidc(provider.metadata)
