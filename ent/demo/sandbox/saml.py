"""SAML 2.0 as an identity provider speaks it: metadata, signed answers (encrypted if wanted), single logout."""

import base64
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_plus, urlencode
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from ent.core.certificates import Keys

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


class Refused(Exception):
    """The request is not one of a service that we know."""


@dataclass(frozen=True)
class Service:
    """A service provider, as its metadata describe it."""

    entity_id: str
    answer_url: str
    sign_out_url: str
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """An AuthnRequest."""

    id: str
    issuer: str
    answer_url: str
    is_forced: bool


@dataclass
class Saying:
    """All that an answer says; a test changes one thing at a time."""

    issuer: str
    audience: str
    recipient: str
    in_response_to: str
    attributes: Mapping[str, tuple[str, ...]]
    destination: str = ""
    name_id: str = field(default_factory=lambda: "_" + secrets.token_hex(16))
    index: str = field(default_factory=lambda: "_" + secrets.token_hex(16))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    lasts: timedelta = timedelta(minutes=5)
    id: str = field(default_factory=lambda: "_" + secrets.token_hex(16))
    assertion_id: str = field(default_factory=lambda: "_" + secrets.token_hex(16))
    status: str = "Success"


def metadata(base: str, keys: Keys, *, others: tuple[str, ...] = (), sign_out: str = REDIRECT) -> str:
    """`others` are further certificates that sign too, as while a key is changed; `sign_out` the binding of /slo."""
    descriptors = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for certificate in (keys.bare_certificate, *others)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><md:EntityDescriptor xmlns:md="{NS["md"]}" xmlns:ds="{NS["ds"]}" '
        f'entityID={quoteattr(base + "/metadata")}><md:IDPSSODescriptor WantAuthnRequestsSigned="true" '
        f'protocolSupportEnumeration="{NS["samlp"]}">{descriptors}'
        f'<md:SingleLogoutService Binding="{sign_out}" Location={quoteattr(base + "/slo")}/>'
        f"<md:NameIDFormat>{TRANSIENT}</md:NameIDFormat>"
        f'<md:SingleSignOnService Binding="{REDIRECT}" Location={quoteattr(base + "/sso")}/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


def read_service(xml: bytes) -> Service:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    found = root.iterfind(".//md:KeyDescriptor[@use='signing']//ds:X509Certificate", NS)
    answer = root.find(".//md:AssertionConsumerService", NS)
    sign_out = root.find(".//md:SingleLogoutService", NS)
    return Service(
        root.get("entityID", ""),
        "" if answer is None else answer.get("Location", ""),
        "" if sign_out is None else sign_out.get("Location", ""),
        tuple("".join((one.text or "").split()) for one in found),
    )


def read_redirect(query: str, name: str) -> etree._Element:
    """The message of a redirect (SAML Bindings 3.4.4.1); its signature is `check_redirect`'s affair."""
    value = _raw(query).get(name, "")
    try:
        from_url = base64.b64decode(unquote_plus(value))
        return etree.fromstring(
            zlib.decompress(from_url, -15), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except (ValueError, zlib.error, etree.XMLSyntaxError) as problem:
        raise Refused("unreadable") from problem


def check_redirect(query: str, name: str, service: Service) -> None:
    """Raises `Refused` unless one of the service's keys has signed the query as it came."""
    raw = _raw(query)
    signed = "&".join(f"{key}={raw[key]}" for key in (name, "RelayState", "SigAlg") if key in raw)
    if unquote_plus(raw.get("SigAlg", "")) != RSA_SHA256:
        raise Refused("signature")
    signature = base64.b64decode(unquote_plus(raw.get("Signature", "")))
    for certificate in service.certificates:
        public = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
        try:
            assert isinstance(public, rsa.RSAPublicKey)
            public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            return
        except InvalidSignature:
            continue
    raise Refused("signature")


def read_form(encoded: str, service: Service) -> etree._Element:
    """The message of a form (SAML Bindings 3.5.4), signed as a whole by one of the service's keys. Raises `Refused`."""
    try:
        root = etree.fromstring(
            base64.b64decode(encoded, validate=True), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except (ValueError, etree.XMLSyntaxError) as problem:
        raise Refused("unreadable") from problem
    signature = root.find("ds:Signature", NS)
    reference = None if signature is None else signature.find("ds:SignedInfo/ds:Reference", NS)
    if reference is None or reference.get("URI") != "#" + root.get("ID", ""):
        raise Refused("signature")
    xmlsec.tree.add_ids(root, ["ID"])
    for certificate in service.certificates:
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(base64.b64decode(certificate), xmlsec.KeyFormat.CERT_DER, None)
        try:
            context.verify(signature)
            return root
        except xmlsec.Error:
            continue
    raise Refused("signature")


def read_question(root: etree._Element) -> Question:
    return Question(
        root.get("ID", ""),
        root.findtext("saml:Issuer", "", NS).strip(),
        root.get("AssertionConsumerServiceURL", ""),
        root.get("ForceAuthn") in {"true", "1"},
    )


def response(saying: Saying) -> str:
    """The answer, unsigned."""
    at, until = _stamp(saying.at), _stamp(saying.at + saying.lasts)
    assertion = f"""<saml:Assertion xmlns:saml="{NS["saml"]}" ID="{saying.assertion_id}"
 Version="2.0" IssueInstant="{at}">
<saml:Issuer>{escape(saying.issuer)}</saml:Issuer>
<saml:Subject><saml:NameID Format="{TRANSIENT}">{escape(saying.name_id)}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{until}" Recipient={quoteattr(saying.recipient)} InResponseTo={quoteattr(saying.in_response_to)}/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{at}" NotOnOrAfter="{until}"><saml:AudienceRestriction>
<saml:Audience>{escape(saying.audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{at}" SessionIndex="{saying.index}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>{_attributes(saying.attributes)}</saml:Assertion>"""
    return (
        f'<samlp:Response xmlns:samlp="{NS["samlp"]}" ID="{saying.id}" Version="2.0" IssueInstant="{at}" '
        f"Destination={quoteattr(saying.destination or saying.recipient)} "
        f'InResponseTo={quoteattr(saying.in_response_to)}><saml:Issuer xmlns:saml="{NS["saml"]}">'
        f"{escape(saying.issuer)}</saml:Issuer><samlp:Status><samlp:StatusCode "
        f'Value="urn:oasis:names:tc:SAML:2.0:status:{saying.status}"/></samlp:Status>'
        f"{assertion if saying.status == 'Success' else ''}</samlp:Response>"
    )


def _attributes(attributes: Mapping[str, tuple[str, ...]]) -> str:
    if not attributes:
        return ""
    told = "".join(
        f"<saml:Attribute Name={quoteattr(name)}>"
        + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in attributes.items()
    )
    return f"<saml:AttributeStatement>{told}</saml:AttributeStatement>"


def sign(xml: str, keys: Keys, *, what: str = "saml:Assertion", method: str = "RSA_SHA256") -> str:
    """Sign the element `what` (a whole message where it is "samlp:…") where the schema wants it: after its issuer."""
    root = etree.fromstring(xml.encode())
    element = root if what.startswith("samlp:") else root.find(f".//{what}", NS)
    digest = xmlsec.Transform.SHA1 if method.endswith("SHA1") else xmlsec.Transform.SHA256
    signature = xmlsec.template.create(element, xmlsec.Transform.EXCL_C14N, getattr(xmlsec.Transform, method), ns="ds")
    reference = xmlsec.template.add_reference(signature, digest, uri="#" + element.get("ID"))
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    element.find("saml:Issuer", NS).addnext(signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.private, xmlsec.KeyFormat.PEM, None)
    context.key.load_cert_from_memory(keys.certificate, xmlsec.KeyFormat.PEM)
    xmlsec.tree.add_ids(root, ["ID"])
    context.sign(signature)
    return etree.tostring(root).decode()


def encrypt(xml: str, certificate: str) -> str:
    """Encrypt the assertion for the holder of `certificate` (base64): AES-256-CBC under RSA-OAEP."""
    root = etree.fromstring(xml.encode())
    _encrypt(root, root.find("saml:Assertion", NS), certificate, "EncryptedAssertion")
    return etree.tostring(root).decode()


def _encrypt(root: etree._Element, element: etree._Element, certificate: str, name: str) -> etree._Element:
    """The holder that stands for the element, at the end of the root."""
    manager = xmlsec.KeysManager()
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM, None))
    template = xmlsec.template.encrypted_data_create(
        root, xmlsec.Transform.AES256, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    # Under another prefix, the element would take it, and its signature would be of something else.
    holder = etree.SubElement(root, f"{{{NS['saml']}}}{name}", nsmap={"saml": NS["saml"]})
    holder.append(element)
    context.encrypt_xml(template, element)
    return holder


def encrypt_name(name: etree._Element, certificate: str) -> str:
    """An EncryptedID in the place of this name, for the holder of `certificate` (base64)."""
    root = etree.fromstring(f'<r xmlns:saml="{NS["saml"]}"/>')
    root.append(name)
    return etree.tostring(_encrypt(root, name, certificate, "EncryptedID")).decode()


def logout_request(issuer: str, service: Service, *, name_id: str, index: str) -> str:
    return (
        f'<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_{secrets.token_hex(16)}" '
        f'Version="2.0" IssueInstant="{_stamp(datetime.now(UTC))}" Destination={quoteattr(service.sign_out_url)} '
        f'NotOnOrAfter="{_stamp(datetime.now(UTC) + timedelta(minutes=5))}"><saml:Issuer>{escape(issuer)}'
        f'</saml:Issuer><saml:NameID Format="{TRANSIENT}">{escape(name_id)}</saml:NameID>'
        f"<samlp:SessionIndex>{escape(index)}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


def logout_response(issuer: str, service: Service, *, in_response_to: str) -> str:
    return (
        f'<samlp:LogoutResponse xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_{secrets.token_hex(16)}" '
        f'Version="2.0" IssueInstant="{_stamp(datetime.now(UTC))}" Destination={quoteattr(service.sign_out_url)} '
        f"InResponseTo={quoteattr(in_response_to)}><saml:Issuer>{escape(issuer)}</saml:Issuer><samlp:Status>"
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>'
    )


def redirect_url(url: str, name: str, xml: str, keys: Keys, *, relay: str = "") -> str:
    """The message as a signed redirect."""
    packed = base64.b64encode(zlib.compress(xml.encode(), 9)[2:-4]).decode()
    told = {name: packed} | ({"RelayState": relay} if relay else {}) | {"SigAlg": RSA_SHA256}
    query = urlencode(told)
    private = serialization.load_pem_private_key(keys.private.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = base64.b64encode(private.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return f"{url}{'&' if '?' in url else '?'}{query}&Signature={quote(signature, safe='')}"


def form_fields(name: str, xml: str, keys: Keys, *, relay: str = "") -> dict[str, str]:
    """The message as the fields of a form, signed in itself."""
    signed = sign(xml, keys, what="samlp:message")
    return {name: base64.b64encode(signed.encode()).decode()} | ({"RelayState": relay} if relay else {})


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _raw(query: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in query.split("&"))
