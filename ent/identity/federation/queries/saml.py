"""SAML 2.0, our side (service provider): asking a provider who somebody is, and reading what it answers.

python3-saml checks signatures and the profile (SAML Profiles 4.1.4); what it leaves open is closed here: one assertion
alone, no comment, strong algorithms, a recipient, a deadline and an audience that are present and ours.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import xmlsec
from django.conf import settings
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from ent.identity.federation.enums import KeyState
from ent.identity.federation.models import IdentityProvider, ServiceKey
from ent.identity.federation.queries.matching import Identity
from ent.identity.federation.queries.proofs import ProofRefused, Told
from ent.identity.federation.queries.providers import MD, POST, SamlSide, address_of, read_saml
from ent.identity.federation.queries.xml import Hostile, parse

SKEW = timedelta(minutes=3)
# The library allows five minutes.
OneLogin_Saml2_Constants.ALLOWED_CLOCK_DRIFT = int(SKEW.total_seconds())

LONGEST_ANSWER = 256 * 1024
LIBRARY_ERRORS = (
    OneLogin_Saml2_Error,
    OneLogin_Saml2_ValidationError,
    xmlsec.Error,
    etree.LxmlError,
    ValueError,
)
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
MORE, ENC = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2001/04/xmlenc#"
STRONG = {
    f"{DS}SignatureMethod": {
        *(f"{MORE}{name}" for name in ("rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384")),
        *(f"http://www.w3.org/2007/05/xmldsig-more#{name}" for name in ("sha256-rsa-MGF1", "sha512-rsa-MGF1")),
    },
    f"{DS}DigestMethod": {f"{ENC}sha256", f"{ENC}sha512", f"{MORE}sha384"},
    f"{DS}Transform": {
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    },
    f"{XENC}EncryptionMethod": {
        *(f"{ENC}{name}" for name in ("aes128-cbc", "aes192-cbc", "aes256-cbc", "rsa-oaep-mgf1p")),
        *(f"http://www.w3.org/2009/xmlenc11#{name}" for name in ("aes128-gcm", "aes256-gcm", "rsa-oaep")),
    },
}
# By their name, or by the number that names them.
FREDU = "urn:oid:1.3.6.1.4.1.20326.10.999.1."
NAMES = {
    "references": ("FrEduCtRefId",),
    "vectors": ("FrEduVecteur",),
    "subject": ("FrEduCtId", f"{FREDU}57"),
    "affiliation": ("FrEduCtPersonAffiliation", f"{FREDU}7"),
    "last_name": ("sn", "urn:oid:2.5.4.4"),
    "first_name": ("givenName", "urn:oid:2.5.4.42"),
    "mails": ("mail", "ctemail", "urn:oid:0.9.2342.19200300.100.1.3"),
}


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and the request that the answer must name."""

    url: str
    request_id: str


def service_keys() -> list[ServiceKey]:
    """Our keys, the one in service first. Call inside `scope.EVERYTHING`."""
    order = {KeyState.CURRENT: 0, KeyState.NEXT: 1, KeyState.OLD: 2}
    return sorted(ServiceKey.objects.all(), key=lambda key: (order[KeyState(key.state)], -key.pk))


def leave(provider: IdentityProvider, *, relay: str, again: bool = False) -> Departure:
    """A signed request for the provider (HTTP-Redirect). `again` asks it for a fresh proof (ForceAuthn)."""
    auth = OneLogin_Saml2_Auth(asked_at(provider, "answer"), library_settings(provider, service_keys()))
    return Departure(auth.login(return_to=relay, force_authn=again), auth.get_last_request_id())


def metadata_of(provider: IdentityProvider) -> bytes:
    """What the provider has to know of us: our addresses, and our keys in service and to come."""
    told = _our_side(provider, service_keys()) | {"strict": True, "security": SECURITY}
    root = OneLogin_Saml2_XML.to_etree(OneLogin_Saml2_Settings(told, sp_validation_only=True).get_sp_metadata())
    # The library tells one way of signing out; we take both.
    by_redirect = next(root.iter(f"{MD}SingleLogoutService"))
    by_redirect.addnext(etree.Element(by_redirect.tag, {**by_redirect.attrib, "Binding": POST}))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def read_answer(provider: IdentityProvider, encoded: str, *, request_id: str) -> Told:
    """Who the provider says has come, in answer to our request. Raises `ProofRefused`.

    Call inside `scope.EVERYTHING`.
    """
    _look_at(encoded)
    problem: Exception | None = None
    for key in service_keys():
        conf = library_settings(provider, [key])
        try:
            response = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(conf), encoded)
        except LIBRARY_ERRORS as error:
            # Encrypted for another of our keys, perhaps: the one that goes or the one that comes.
            problem = error
            continue
        return _told(provider, response, request_id)
    raise ProofRefused("unreadable") from problem


def unpack(encoded: str) -> bytes:
    """What a form brings in base64, in lines or not (SAML Bindings 3.5.4). Raises `ValueError`."""
    return base64.b64decode("".join(encoded.split()), validate=True)


def _look_at(encoded: str) -> None:
    """What no honest answer holds is refused before a library reads it."""
    try:
        root = parse(unpack(encoded), longest=LONGEST_ANSWER)
    except (ValueError, Hostile) as problem:
        raise ProofRefused("unreadable") from problem
    if root.tag != f"{PROTOCOL}Response":
        raise ProofRefused("unreadable")
    status = root.find(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
    if status is None or status.get("Value") != SUCCESS:
        raise ProofRefused("not_confirmed")
    plain, encrypted = root.findall(f"{ASSERTION}Assertion"), root.findall(f"{ASSERTION}EncryptedAssertion")
    everywhere = len(list(root.iter(f"{ASSERTION}Assertion", f"{ASSERTION}EncryptedAssertion")))
    if len(plain) + len(encrypted) != 1 or everywhere != 1 or len(list(root.iter(f"{PROTOCOL}Response"))) != 1:
        raise ProofRefused("wrapped")
    look_inside(root)


def look_inside(root: Any) -> None:
    """Raises `ProofRefused` at a name given twice, a comment that cuts a value, a weak algorithm."""
    if root.xpath("//comment()"):
        raise ProofRefused("comment")
    ids = [node.get("ID") for node in root.iter(etree.Element) if node.get("ID")]
    if len(ids) != len(set(ids)):
        raise ProofRefused("wrapped")
    for tag, accepted in STRONG.items():
        if any(node.get("Algorithm") not in accepted for node in root.iter(tag)):
            raise ProofRefused("weak")


def _told(provider: IdentityProvider, response: Any, request_id: str) -> Told:
    try:
        response.is_valid(asked_at(provider, "answer"), request_id=request_id, raise_exceptions=True)
    except OneLogin_Saml2_ValidationError as error:
        late = error.code in {error.ASSERTION_EXPIRED, error.RESPONSE_EXPIRED, error.ASSERTION_TOO_EARLY}
        raise ProofRefused("clock" if late else "invalid") from error
    except LIBRARY_ERRORS as error:
        raise ProofRefused("invalid") from error
    document = response.decrypted_document if response.encrypted else response.document
    look_inside(document)
    assertion = document.find(f"{ASSERTION}Assertion")
    until = _check_subject(provider, assertion, request_id)
    _check_audience(provider, assertion)
    return Told(_identity(response), assertion.get("ID"), until, response.get_nameid() or "", _index(response))


def _check_subject(provider: IdentityProvider, assertion: Any, request_id: str) -> datetime:
    """The bearer confirmation is there, for us, for this request and for a while (SAML Profiles 4.1.4.2)."""
    for data in assertion.iterfind(
        f"{ASSERTION}Subject/{ASSERTION}SubjectConfirmation/{ASSERTION}SubjectConfirmationData"
    ):
        until = moment(data.get("NotOnOrAfter"))
        ours = data.get("Recipient") == address_of("answer", provider) and data.get("InResponseTo") == request_id
        if ours and until is not None and until + SKEW > datetime.now(UTC):
            return until + SKEW
    raise ProofRefused("invalid")


def _check_audience(provider: IdentityProvider, assertion: Any) -> None:
    audiences = assertion.findall(f"{ASSERTION}Conditions/{ASSERTION}AudienceRestriction/{ASSERTION}Audience")
    if address_of("metadata", provider) not in [(one.text or "").strip() for one in audiences]:
        raise ProofRefused("invalid")


def moment(text: str | None) -> datetime | None:
    """SAML tells the time of Greenwich, whether it says so or not (Core 1.3.3)."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _index(response: Any) -> str:
    return response.get_session_index() or ""


def _identity(response: Any) -> Identity:
    told: dict[str, Iterable[str]] = response.get_attributes()
    friendly: dict[str, Iterable[str]] = response.get_friendlyname_attributes()

    def values(what: str) -> tuple[str, ...]:
        found = [value for name in NAMES[what] for value in [*told.get(name, ()), *friendly.get(name, ())]]
        return tuple(dict.fromkeys(value.strip()[:500] for value in found if value and value.strip()))

    def first(what: str) -> str:
        return next(iter(values(what)), "")

    lasting = response.get_nameid() if response.get_nameid_format() == PERSISTENT else ""
    return Identity(
        subject=first("subject") or lasting or "",
        first_name=first("first_name"),
        last_name=first("last_name"),
        references=values("references"),
        vectors=values("vectors"),
        mails=values("mails"),
        affiliation=first("affiliation"),
    )


# --- The library's settings ---

SECURITY: dict[str, Any] = {
    "authnRequestsSigned": True,
    "logoutRequestSigned": True,
    "logoutResponseSigned": True,
    "wantNameId": False,
    "requestedAuthnContext": False,
    "rejectDeprecatedAlgorithm": True,
    "signatureAlgorithm": OneLogin_Saml2_Constants.RSA_SHA256,
    "digestAlgorithm": OneLogin_Saml2_Constants.SHA256,
}


def library_settings(provider: IdentityProvider, keys: list[ServiceKey], *, signed: bool = False) -> dict[str, Any]:
    side = read_saml(provider.metadata)
    return _our_side(provider, keys) | {
        "strict": True,
        "idp": _their_side(side),
        "security": SECURITY | {"wantMessagesSigned": signed},
    }


def _our_side(provider: IdentityProvider, keys: list[ServiceKey]) -> dict[str, Any]:
    """`keys` are ours, the one to sign with first."""
    current = keys[0]
    coming = next((key for key in keys if key.state == KeyState.NEXT), None)
    return {
        "sp": {
            "entityId": address_of("metadata", provider),
            "assertionConsumerService": {"url": address_of("answer", provider)},
            "singleLogoutService": {"url": address_of("signed_out", provider)},
            "x509cert": current.certificate,
            "privateKey": current.private,
        }
        | ({"x509certNew": coming.certificate} if coming and coming != current else {})
    }


def _their_side(side: SamlSide) -> dict[str, Any]:
    told: dict[str, Any] = {
        "entityId": side.entity_id,
        "singleSignOnService": {"url": side.sign_in_url},
        "x509certMulti": {"signing": list(side.certificates), "encryption": [side.certificates[0]]},
    }
    if side.sign_out_url:
        told["singleLogoutService"] = {"url": side.sign_out_url, "responseUrl": side.sign_out_answer_url}
    return told


def asked_at(provider: IdentityProvider, page: str) -> dict[str, Any]:
    """The address that was asked, as the world knows it: never as the request names it."""
    public = urlsplit(settings.PUBLIC_URL)
    path = urlsplit(address_of(page, provider)).path
    return {
        "https": "on" if public.scheme == "https" else "off",
        "http_host": public.netloc,
        "script_name": path,
        "get_data": {},
        "post_data": {},
    }
