"""Signing out by a form (SAML Bindings 3.5) as by a redirect; and what is tried with the messages of either."""

import base64
import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client
from django.urls import reverse
from lxml import etree

from ent.foundation.accounts.models import WebSession
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.federation.queries.providers import read_saml
from tests.providers import BASE, NS, Idp, is_signed_in, keys_named, saml, saml_provider

pytestmark = pytest.mark.django_db

PAGE = "/connexion/externe/educonnect/deconnexion/"
DSIG = f"{{{NS['ds']}}}"


class Signed:
    """Claire, come by ÉduConnect from two devices, and ÉduConnect, which ends her session of the first."""

    def __init__(self, idp: Idp, reference: str) -> None:
        self.idp, self.phone, self.computer = idp, idp.client, Client(HTTP_HOST="ent.example")
        self.saying = self._enter(idp, reference)
        self._enter(Idp(self.computer), reference, name_id=self.saying.name_id)

    @staticmethod
    def _enter(idp: Idp, reference: str, **changes: str) -> saml.Saying:
        saying = idp.leave()
        saying.attributes = {"FrEduCtRefId": (reference,)}
        for name, value in changes.items():
            setattr(saying, name, value)
        idp.arrive(saml.sign(saml.response(saying), idp.keys))
        return saying

    def request(self, *, index: str | None = None) -> str:
        asked = self.saying.index if index is None else index
        told = (BASE + "/metadata", self.idp.service)
        xml = saml.logout_request(*told, name_id=self.saying.name_id, index=asked)
        return xml if asked else xml.replace("<samlp:SessionIndex></samlp:SessionIndex>", "")

    def response(self) -> str:
        return saml.logout_response(BASE + "/metadata", self.idp.service, in_response_to="_ours")

    def post(self, fields: dict[str, str]) -> Any:
        """As a browser does from another site: without our cookies, nor a token of our forms."""
        return Client(HTTP_HOST="ent.example", enforce_csrf_checks=True).post(PAGE, fields, secure=True)

    def send(self, xml: str, *, name: str = "SAMLRequest", relay: str = "") -> Any:
        return self.post(saml.form_fields(name, xml, self.idp.keys, relay=relay))

    def send_as_it_is(self, xml: str, name: str = "SAMLRequest") -> Any:
        return self.post({name: base64.b64encode(xml.encode()).decode()})

    def follow(self, xml: str, *, name: str = "SAMLRequest") -> Any:
        """The same by a redirect."""
        url = saml.redirect_url(self.idp.service.sign_out_url, name, xml, self.idp.keys)
        return Client(HTTP_HOST="ent.example").get(url.removeprefix("https://ent.example"), secure=True)

    def refused(self, response: Any) -> None:
        assert response.status_code == 422, "it was believed"
        assert "n’a pas pu être vérifiée" in response.content.decode()
        assert is_signed_in(self.phone)
        assert is_signed_in(self.computer)


@pytest.fixture
def signed(idp, reference) -> Signed:
    return Signed(idp, reference("claire"))


@pytest.fixture
def by_form(numbered):
    """ÉduConnect, which takes no redirect to sign out."""
    with scope.use(scope.EVERYTHING):
        saml_provider(metadata=saml.metadata(BASE, keys_named("idp"), sign_out=saml.POST))
    return Idp(Client(HTTP_HOST="ent.example"))


def form_of(response: Any) -> tuple[str, dict[str, str]]:
    """Where the form of a page leads, and its fields."""
    text = response.content.decode()
    [(url, fields)] = re.findall(r'<form action="([^"]+)" method="post" data-ent-now>(.*?)</form>', text)
    assert "http-equiv" not in text
    assert "<button" in fields, "without scripts, a button"
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', fields)
    return url, {name: unescape(value) for name, value in found}


# --- By a form, both ways ---


def test_our_metadata_tell_both_ways(idp):
    idp.leave()
    text = idp.client.get(reverse("federation:metadata", args=["educonnect"]), secure=True).content
    told = etree.fromstring(text).findall(".//md:SingleLogoutService", NS)
    assert [one.get("Binding") for one in told] == [saml.REDIRECT, saml.POST]
    assert {one.get("Location") for one in told} == {"https://ent.example" + PAGE}


def test_a_form_of_the_provider_closes_the_session_that_it_names(signed, numbered):
    here = numbered.signed_in("claire")
    answer = signed.send(signed.request())
    assert answer["Location"].startswith(BASE + "/slo?SAMLResponse=")
    saml.check_redirect(answer["Location"].partition("?")[2], "SAMLResponse", signed.idp.service)
    assert not is_signed_in(signed.phone)
    assert is_signed_in(signed.computer)
    assert is_signed_in(here)
    with scope.use(scope.EVERYTHING):
        told = Record.objects.filter(action="federation.close_sessions").values_list("details", flat=True)
        assert {one["provider"] for one in told} == {"educonnect"}


@pytest.mark.parametrize("way", ["send", "follow"])
def test_a_request_that_names_no_session_closes_all_those_of_the_person(signed, numbered, way):
    here = numbered.signed_in("claire")
    assert getattr(signed, way)(signed.request(index="")).status_code == 302
    assert not is_signed_in(signed.phone)
    assert not is_signed_in(signed.computer)
    assert is_signed_in(here)


def test_a_form_in_lines_is_read(signed):
    fields = saml.form_fields("SAMLRequest", signed.request(), signed.idp.keys)
    text = fields["SAMLRequest"]
    lines = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    assert signed.post({"SAMLRequest": lines}).status_code == 302
    assert not is_signed_in(signed.phone)


def test_the_answer_to_our_request_may_be_a_form(signed):
    response = signed.send(signed.response(), name="SAMLResponse")
    assert response.status_code == 200
    assert "par ÉduConnect aussi" in response.content.decode()


def test_a_person_encrypted_for_us_is_read(signed):
    root = etree.fromstring(signed.request().encode())
    name = root.find("saml:NameID", NS)
    holder = etree.fromstring(saml.encrypt_name(copy.deepcopy(name), signed.idp.service.certificates[0]).encode())
    root.replace(name, holder)
    assert signed.send(etree.tostring(root).decode()).status_code == 302
    assert not is_signed_in(signed.phone)


def test_signing_out_here_leads_there_by_a_form(by_form, reference):
    saying = by_form.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    by_form.arrive(saml.sign(saml.response(saying), by_form.keys))
    response = by_form.client.post(reverse("signin:sign_out"), secure=True)
    url, fields = form_of(response)
    assert url == BASE + "/slo"
    root = saml.read_form(fields["SAMLRequest"], by_form.service)
    assert root.findtext("saml:NameID", "", NS) == saying.name_id
    assert root.findtext("samlp:SessionIndex", "", NS) == saying.index
    assert root.get("Destination") == url


def test_only_the_page_of_that_form_may_lead_elsewhere(by_form, reference):
    saying = by_form.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    by_form.arrive(saml.sign(saml.response(saying), by_form.keys))
    before = by_form.client.get("/", secure=True)["Content-Security-Policy"]
    after = by_form.client.post(reverse("signin:sign_out"), secure=True)["Content-Security-Policy"]
    assert "form-action 'self';" in before + ";"
    assert "form-action 'self' https:;" in after + ";"
    assert sorted(after.replace(" https:", "").split("; ")) == sorted(before.split("; "))


def test_our_answer_to_such_a_provider_is_a_form_too(by_form, reference):
    signed = Signed(by_form, reference("claire"))
    url, fields = form_of(signed.send(signed.request(), relay='a"b'))
    assert url == BASE + "/slo"
    assert fields["RelayState"] == 'a"b'
    root = saml.read_form(fields["SAMLResponse"], signed.idp.service)
    assert root.tag.endswith("}LogoutResponse")
    assert not is_signed_in(signed.phone)


def test_a_redirect_is_preferred_where_both_are_offered():
    both = saml.metadata(BASE, keys_named("idp")).replace(
        "<md:NameIDFormat>",
        f'<md:SingleLogoutService Binding="{saml.POST}" Location="{BASE}/post"/><md:NameIDFormat>',
        1,
    )
    side = read_saml(both)
    assert (side.sign_out_url, side.signs_out_by_post) == (BASE + "/slo", False)


# --- What is tried with them ---

CHANGES: dict[str, Callable[[str], str]] = {
    "for another page": lambda xml: xml.replace(PAGE, "/connexion/externe/other/deconnexion/"),
    "for our page and more behind it": lambda xml: xml.replace(PAGE, PAGE + ".evil/"),
    "for nowhere": lambda xml: re.sub(r' Destination="[^"]*"', "", xml),
    "by another issuer": lambda xml: xml.replace(BASE + "/metadata", "https://evil.example/metadata"),
    "by nobody": lambda xml: re.sub(r"<saml:Issuer>[^<]*</saml:Issuer>", "<saml:Issuer/>", xml),
    "over": lambda xml: re.sub(r'NotOnOrAfter="[^"]*"', f'NotOnOrAfter="{stamp(-4)}"', xml),
    "too old, without an end": lambda xml: re.sub(
        r'IssueInstant="[^"]*"', f'IssueInstant="{stamp(-9)}"', re.sub(r' NotOnOrAfter="[^"]*"', "", xml)
    ),
    "of later": lambda xml: re.sub(r'IssueInstant="[^"]*"', f'IssueInstant="{stamp(4)}"', xml),
    "of no time": lambda xml: re.sub(r'IssueInstant="[^"]*"', 'IssueInstant="soon"', xml),
    "of nobody": lambda xml: re.sub(r"<saml:NameID.*</saml:NameID>", "", xml),
    "of two people": lambda xml: re.sub(r"(<saml:NameID.*</saml:NameID>)", r"\1\1", xml),
    "of another kind": lambda xml: xml.replace("LogoutRequest", "AuthnRequest"),
}


def stamp(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("way", ["send", "follow"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_request_that_was_not_meant_for_this_is_refused(signed, change, way):
    asked = signed.request()
    changed = CHANGES[change](asked)
    assert changed != asked
    if change == "by nobody":
        changed = changed.replace("<saml:Issuer/>", "<saml:Issuer></saml:Issuer>")
    signed.refused(getattr(signed, way)(changed))


@pytest.mark.parametrize("way", ["send", "follow"])
def test_clocks_three_minutes_apart_are_no_matter(signed, way):
    asked = re.sub(r'NotOnOrAfter="[^"]*"', f'NotOnOrAfter="{stamp(-2)}"', signed.request())
    assert getattr(signed, way)(asked).status_code == 302


@pytest.mark.parametrize("way", ["send", "follow"])
def test_a_request_serves_once(signed, way):
    """Whoever has seen one pass does not close the session opened since, even by the other way."""
    asked = signed.request()
    assert signed.send(asked).status_code == 302
    signed.idp.client = signed.phone = Client(HTTP_HOST="ent.example")
    saying = signed.idp.leave()
    saying.attributes = {"FrEduCtRefId": ("{AAF}18|x|4700001",)}
    saying.name_id, saying.index = signed.saying.name_id, signed.saying.index
    signed.idp.arrive(saml.sign(saml.response(saying), signed.idp.keys))
    signed.refused(getattr(signed, way)(asked))


def test_an_unsigned_request_is_refused(signed):
    signed.refused(signed.send_as_it_is(signed.request()))


def test_an_unsigned_answer_is_refused(signed):
    signed.refused(signed.send_as_it_is(signed.response(), "SAMLResponse"))


def test_a_request_signed_by_a_stranger_is_refused(signed):
    signed.refused(signed.post(saml.form_fields("SAMLRequest", signed.request(), keys_named("stranger"))))


def test_a_request_changed_after_it_was_signed_is_refused(signed):
    xml = saml.sign(signed.request(index="other"), signed.idp.keys, what="samlp:message")
    signed.refused(signed.send_as_it_is(xml.replace(">other<", f">{signed.saying.index}<")))


def test_a_weak_signature_is_refused(signed):
    weak = saml.sign(signed.request(), signed.idp.keys, what="samlp:message", method="RSA_SHA1")
    signed.refused(signed.send_as_it_is(weak))


def test_the_public_key_taken_for_a_secret_is_refused(signed):
    xml = saml.sign(signed.request(), signed.idp.keys, what="samlp:message")
    signed.refused(signed.send_as_it_is(xml.replace("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256")))


@pytest.mark.parametrize("algorithm", ["http://www.w3.org/2000/09/xmldsig#rsa-sha1", "x"])
def test_a_redirect_signed_with_sha1_is_refused_whatever_it_is_called(signed, algorithm):
    url = saml.redirect_url(signed.idp.service.sign_out_url, "SAMLRequest", signed.request(), signed.idp.keys)
    query = f"{urlsplit(url).query.partition('&')[0]}&SigAlg={quote(algorithm, safe='')}"
    private = serialization.load_pem_private_key(signed.idp.keys.private.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    mark = base64.b64encode(private.sign(query.encode(), padding.PKCS1v15(), hashes.SHA1())).decode()
    address = f"{PAGE}?{query}&Signature={quote(mark, safe='')}"
    signed.refused(Client(HTTP_HOST="ent.example").get(address, secure=True))


def test_the_signature_of_a_query_does_not_stand_for_that_of_a_form(signed):
    url = saml.redirect_url(signed.idp.service.sign_out_url, "SAMLRequest", signed.request(), signed.idp.keys)
    fields = dict(parse_qsl(urlsplit(url).query))
    signed.refused(signed.post(fields))
    query = urlsplit(url).query
    response = Client(HTTP_HOST="ent.example").post(
        f"{PAGE}?{query}", {"SAMLRequest": base64.b64encode(signed.request().encode()).decode()}, secure=True
    )
    signed.refused(response)


@pytest.mark.parametrize("name", ["SAMLRequest", "SAML%52equest"])
def test_a_query_that_says_a_thing_twice_is_refused(signed, name):
    """One of them signed, the other read: under a name written otherwise it would not be seen to be the same."""
    sent = signed.idp.service.sign_out_url, "SAMLRequest"
    true = saml.redirect_url(*sent, signed.request(index="other"), signed.idp.keys)
    forged = saml.redirect_url(*sent, signed.request(), keys_named("stranger"))
    added = urlsplit(forged).query.partition("&")[0].partition("=")[2]
    address = f"{true}&{name}={added}".removeprefix("https://ent.example")
    signed.refused(Client(HTTP_HOST="ent.example").get(address, secure=True))


def test_a_request_and_an_answer_at_once_are_refused(signed):
    """The signature of one would be that of the other."""
    answer = saml.form_fields("SAMLResponse", signed.response(), signed.idp.keys)
    unsigned = {"SAMLRequest": base64.b64encode(signed.request().encode()).decode()}
    signed.refused(signed.post(answer | unsigned))


def test_a_signed_answer_is_no_request(signed):
    xml = saml.sign(signed.response(), signed.idp.keys, what="samlp:message")
    signed.refused(signed.send_as_it_is(xml))


def test_the_assertion_of_a_sign_in_signs_nobody_out(signed):
    """Somebody's own signed assertion, put into a request to sign another out."""
    own = etree.fromstring(saml.sign(saml.response(signed.saying), signed.idp.keys).encode())
    root = etree.fromstring(signed.request().encode())
    extensions = etree.SubElement(root, f"{{{NS['samlp']}}}Extensions")
    extensions.append(own.find("saml:Assertion", NS))
    root.find("saml:Issuer", NS).addnext(extensions)
    signed.refused(signed.send_as_it_is(etree.tostring(root).decode()))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd">',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>',
    ],
)
def test_a_document_that_reaches_out_or_swells_is_refused(signed, head):
    signed.refused(signed.send_as_it_is(head + saml.sign(signed.request(), signed.idp.keys, what="samlp:message")))
    signed.refused(signed.follow(head + signed.request()))


def test_a_document_beyond_any_honest_size_is_refused(signed):
    xml = saml.sign(signed.request(), signed.idp.keys, what="samlp:message")
    signed.refused(signed.send_as_it_is(xml + " " * 300_000))
    signed.refused(signed.follow(signed.request() + " " * 300_000))


def test_a_comment_that_cuts_a_name_is_refused(signed):
    """The signature does not cover comments."""
    name = signed.saying.name_id
    longer = saml.sign(signed.request().replace(name, name + "0"), signed.idp.keys, what="samlp:message")
    signed.refused(signed.send_as_it_is(longer.replace(name + "0", name + "<!-- -->0")))


@pytest.mark.parametrize("nonsense", ["", "not xml", "<a", "<LogoutRequest/>", "é" * 50])
def test_nonsense_is_refused(signed, nonsense):
    signed.refused(signed.send_as_it_is(nonsense))
    signed.refused(signed.post({"SAMLRequest": nonsense}))


def test_the_key_of_one_provider_signs_nothing_for_another(signed):
    with scope.use(scope.EVERYTHING):
        saml_provider("other", name="Autre", metadata=saml.metadata("https://other.example", keys_named("other")))
    fields = saml.form_fields("SAMLRequest", signed.request(), keys_named("other"))
    signed.refused(signed.post(fields))


def test_another_provider_closes_nothing_by_the_same_names(signed):
    with scope.use(scope.EVERYTHING):
        saml_provider("other", name="Autre", metadata=saml.metadata("https://other.example", keys_named("other")))
    page = PAGE.replace("educonnect", "other")
    xml = signed.request(index="").replace(BASE, "https://other.example").replace(PAGE, page)
    fields = saml.form_fields("SAMLRequest", xml, keys_named("other"))
    assert Client(HTTP_HOST="ent.example").post(page, fields, secure=True).status_code == 302
    assert is_signed_in(signed.phone)
    assert WebSession.objects.exclude(origin=None).count() == 2


# --- Signature wrapping, in a message that is signed as a whole ---


def forged_from(root: Any) -> Any:
    """The same, unsigned, without the index: it would close every session."""
    forged = copy.deepcopy(root)
    forged.remove(forged.find("ds:Signature", NS))
    forged.set("ID", "_forged")
    forged.find("samlp:SessionIndex", NS).text = "forged"
    return forged


def in_extensions(forged: Any, child: Any) -> None:
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    # The schema lets nothing of SAML stand there by itself.
    etree.SubElement(extensions, "{urn:x}x").append(child)
    before = forged.find("ds:Signature", NS)
    (forged[0] if before is None else before).addnext(extensions)


def true_one_in_the_signature(root: Any) -> Any:
    forged = forged_from(root)
    signature = copy.deepcopy(root.find("ds:Signature", NS))
    true = copy.deepcopy(root)
    true.remove(true.find("ds:Signature", NS))
    etree.SubElement(signature, f"{DSIG}Object").append(true)
    forged[0].addnext(signature)
    return forged


def true_one_beside_the_signature(root: Any) -> Any:
    forged = forged_from(root)
    true = copy.deepcopy(root)
    true.remove(true.find("ds:Signature", NS))
    forged[0].addnext(copy.deepcopy(root.find("ds:Signature", NS)))
    in_extensions(forged, true)
    return forged


def true_one_whole_inside(root: Any) -> Any:
    forged = forged_from(root)
    in_extensions(forged, copy.deepcopy(root))
    return forged


def same_name_twice(root: Any) -> Any:
    forged = true_one_beside_the_signature(root)
    forged.set("ID", root.get("ID"))
    return forged


def reference_to_everything(root: Any) -> Any:
    root.find(".//ds:Reference", NS).set("URI", "")
    return root


WRAPPINGS = [
    true_one_in_the_signature,
    true_one_beside_the_signature,
    true_one_whole_inside,
    same_name_twice,
    reference_to_everything,
]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_a_forged_request_wrapped_around_a_signed_one_is_refused(signed, wrap):
    true = saml.sign(signed.request(index="other"), signed.idp.keys, what="samlp:message")
    xml = etree.tostring(wrap(etree.fromstring(true.encode()))).decode().replace("forged<", f"{signed.saying.index}<")
    signed.refused(signed.send_as_it_is(xml))
