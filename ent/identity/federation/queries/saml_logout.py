"""SAML single logout, our side (SAML Profiles 4.4), by redirect or by form (SAML Bindings 3.4 and 3.5).

A message comes with the browser of whoever signs out, from another site: without our cookies where it is a form. What
it says is looked at as an answer is, whichever way it came.
"""

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpRequest
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from onelogin.saml2.logout_response import OneLogin_Saml2_Logout_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.proofs import Ended, ProofRefused
from ent.identity.federation.queries.providers import SamlSide, address_of, read_saml
from ent.identity.federation.queries.saml import (
    ASSERTION,
    DS,
    LIBRARY_ERRORS,
    LONGEST_ANSWER,
    PROTOCOL,
    SECURITY,
    SKEW,
    SUCCESS,
    asked_at,
    library_settings,
    look_inside,
    moment,
    service_keys,
    unpack,
)
from ent.identity.federation.queries.xml import Hostile, parse
from ent.identity.signin.queries.entrances import Departure

REQUEST, RESPONSE = "SAMLRequest", "SAMLResponse"
TAGS = {REQUEST: f"{PROTOCOL}LogoutRequest", RESPONSE: f"{PROTOCOL}LogoutResponse"}
# A message that does not say until when it is good.
LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a provider has sent to our sign-out page: whose sessions end, and our answer on its way; neither where it
    only answers our own request."""

    ended: Ended | None = None
    answer: Departure | None = None


def leave_for_good(provider: IdentityProvider, *, name: str, index: str) -> Departure | None:
    """Our request that the provider end its own session; None where it does not. Call inside `scope.EVERYTHING`."""
    side = read_saml(provider.metadata)
    if not name or not side.sign_out_url:
        return None
    message = OneLogin_Saml2_Logout_Request(_library(provider), name_id=name, session_index=escape(index))
    return _on_its_way(provider, side.sign_out_url, REQUEST, message.get_xml())


def read_sign_out(provider: IdentityProvider, request: HttpRequest) -> SignedOut:
    """A request to end sessions, or the answer to ours, signed. Raises `ProofRefused`.

    Call inside `scope.EVERYTHING`.
    """
    sent = request.POST if request.method == "POST" else request.GET
    kinds = [kind for kind in TAGS if kind in sent]
    if len(kinds) != 1:
        raise ProofRefused("invalid")
    root = (_in_form if request.method == "POST" else _in_address)(provider, request, kinds[0])
    side = read_saml(provider.metadata)
    until = _check(provider, side, root)
    if kinds == [RESPONSE]:
        _check_success(root)
        return SignedOut()
    indexes = tuple(OneLogin_Saml2_Logout_Request.get_session_indexes(root))
    answer = OneLogin_Saml2_Logout_Response(_library(provider))
    answer.build(root.get("ID"))
    return SignedOut(
        Ended(f"logout|{root.get('ID')}", until, _name(root), indexes),
        _on_its_way(provider, side.sign_out_answer_url, RESPONSE, answer.get_xml(), relay=sent.get("RelayState", ""))
        if side.sign_out_answer_url
        else None,
    )


def _library(provider: IdentityProvider) -> OneLogin_Saml2_Settings:
    return OneLogin_Saml2_Settings(library_settings(provider, service_keys()))


# --- What comes ---


def _in_address(provider: IdentityProvider, request: HttpRequest, kind: str) -> Any:
    """The message of a redirect: the query is signed, not the document (Bindings 3.4.4.1)."""
    if any(len(values) > 1 for _, values in request.GET.lists()):
        # One signed, the other read: the library looks for « SAMLRequest », Django reads « SAML%52equest » too.
        raise ProofRefused("wrapped")
    told = {"query_string": request.META.get("QUERY_STRING", ""), "validate_signature_from_qs": True}
    auth = OneLogin_Saml2_Auth(
        asked_at(provider, "signed_out") | told, library_settings(provider, service_keys(), signed=True)
    )
    check = auth.validate_request_signature if kind == REQUEST else auth.validate_response_signature
    if not check(request.GET.dict()):
        raise ProofRefused("invalid")
    try:
        packed = base64.b64decode(request.GET[kind], validate=True)
        return _look_at(zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, LONGEST_ANSWER + 1), kind)
    except (ValueError, zlib.error) as problem:
        raise ProofRefused("unreadable") from problem


def _in_form(provider: IdentityProvider, request: HttpRequest, kind: str) -> Any:
    """The message of a form: one signature, of the whole document, inside it (Bindings 3.5.4, Core 5.4)."""
    try:
        root = _look_at(unpack(request.POST[kind]), kind)
    except ValueError as problem:
        raise ProofRefused("unreadable") from problem
    signatures = list(root.iter(f"{DS}Signature"))
    signed = [one.get("URI") for one in root.iter(f"{DS}Reference")]
    if [one.getparent() for one in signatures] != [root] or signed != [f"#{root.get('ID')}"]:
        raise ProofRefused("wrapped")
    certificates = _library(provider).get_idp_data()["x509certMulti"]["signing"]
    if not OneLogin_Saml2_Utils.validate_sign(root, xpath="/*/ds:Signature", multicerts=certificates):
        raise ProofRefused("invalid")
    return root


def _look_at(content: bytes, kind: str) -> Any:
    try:
        root = parse(content, longest=LONGEST_ANSWER)
    except Hostile as problem:
        raise ProofRefused("unreadable") from problem
    if root.tag != TAGS[kind]:
        raise ProofRefused("unreadable")
    look_inside(root)
    if isinstance(OneLogin_Saml2_XML.validate_xml(root, "saml-schema-protocol-2.0.xsd"), str):
        raise ProofRefused("unreadable")
    return root


def _check(provider: IdentityProvider, side: SamlSide, root: Any) -> datetime:
    """By this provider, for this page, now. Returns until when it would be taken."""
    by, to = root.findtext(f"{ASSERTION}Issuer", "").strip(), root.get("Destination")
    if by != side.entity_id or to != address_of("signed_out", provider):
        raise ProofRefused("invalid")
    issued = moment(root.get("IssueInstant"))
    if issued is None:
        raise ProofRefused("invalid")
    until = moment(root.get("NotOnOrAfter")) or issued + LASTS
    if not issued - SKEW <= datetime.now(UTC) < until + SKEW:
        raise ProofRefused("clock")
    return until + SKEW


def _check_success(root: Any) -> None:
    status = root.find(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
    if status is None or status.get("Value") != SUCCESS:
        raise ProofRefused("not_confirmed")


def _name(root: Any) -> str:
    """Whose sessions, in clear or encrypted for one of our keys."""
    problem: Exception | None = None
    for key in service_keys():
        try:
            return str(OneLogin_Saml2_Logout_Request.get_nameid(root, key.private))
        except LIBRARY_ERRORS as error:
            problem = error
    raise ProofRefused("unreadable") from problem


# --- What goes ---


def _on_its_way(provider: IdentityProvider, url: str, kind: str, xml: str, *, relay: str = "") -> Departure:
    """Our message, signed, by the binding that the provider's metadata offer."""
    more = {"RelayState": relay} if relay else {}
    keys = service_keys()
    if read_saml(provider.metadata).signs_out_by_post:
        signed = OneLogin_Saml2_Utils.add_sign(
            xml,
            keys[0].private,
            keys[0].certificate,
            sign_algorithm=SECURITY["signatureAlgorithm"],
            digest_algorithm=SECURITY["digestAlgorithm"],
        )
        return Departure(provider.name, url, {kind: OneLogin_Saml2_Utils.b64encode(signed)} | more)
    auth = OneLogin_Saml2_Auth(asked_at(provider, "signed_out"), library_settings(provider, keys))
    told = {kind: OneLogin_Saml2_Utils.deflate_and_base64_encode(xml)} | more
    sign = auth.add_request_signature if kind == REQUEST else auth.add_response_signature
    sign(told, SECURITY["signatureAlgorithm"])
    return Departure(provider.name, auth.redirect_to(url, told))
