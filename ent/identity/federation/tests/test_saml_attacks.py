"""What somebody who holds one honest answer of a provider tries with it: each one opens nothing."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from lxml import etree

from ent.foundation.schools import scope
from ent.identity.federation.queries import saml as ours
from tests.providers import NS, Idp, Saying, is_signed_in, keys_named, saml, saml_provider

pytestmark = pytest.mark.django_db

HONEST, VICTIM = "{AAF}18|x|4700002", "{AAF}18|x|4700001"
DSIG, SAML, SAMLP = f"{{{NS['ds']}}}", f"{{{NS['saml']}}}", f"{{{NS['samlp']}}}"


def honest(idp: Idp, **changes: object) -> str:
    """Karim's own answer, signed; `changes` are what the provider is made to say otherwise."""
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    for name, value in changes.items():
        setattr(saying, name, value)
    return saml.sign(saml.response(saying), idp.keys)


def refused(idp: Idp, xml: str) -> None:
    response = idp.answer(xml)
    assert response.status_code == 422, "the attack was believed"
    assert not is_signed_in(idp.client)
    assert "ent_arrival" not in response.cookies


def test_the_honest_answer_opens_the_account_or_these_tests_prove_nothing(idp, numbered):
    assert idp.arrive(honest(idp))["Location"] == "/"
    assert idp.client.session["_auth_user_id"] == str(numbered.karim.account_id)


CHANGES: dict[str, Callable[[Saying], dict[str, object]]] = {
    "for another service": lambda _: {"audience": "https://other.example/metadata"},
    "for another recipient": lambda _: {"recipient": "https://ent.example/connexion/externe/other/retour/"},
    "for our address with more behind it": lambda s: {"recipient": "https://evil.example/?" + s.recipient},
    "sent to another destination": lambda _: {"destination": "https://other.example/acs"},
    "to another request": lambda _: {"in_response_to": "_another"},
    "by another issuer": lambda _: {"issuer": "https://evil.example/metadata"},
    "too late": lambda _: {"at": datetime.now(UTC) - timedelta(minutes=9)},
    "too early": lambda _: {"at": datetime.now(UTC) + timedelta(minutes=4)},
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_that_was_not_meant_for_this_is_refused(idp, change):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    for name, value in CHANGES[change](saying).items():
        setattr(saying, name, value)
    refused(idp, saml.sign(saml.response(saying), idp.keys))


def test_clocks_three_minutes_apart_are_no_matter(idp):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    saying.at = datetime.now(UTC) + timedelta(minutes=2, seconds=30)
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == "/"


@pytest.mark.parametrize("part", ["NotOnOrAfter", "Recipient", "InResponseTo", "AudienceRestriction", "Subject"])
def test_an_answer_that_leaves_out_whom_or_when_it_is_for_is_refused(idp, part):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    root = etree.fromstring(saml.response(saying).encode())
    assertion = root.find("saml:Assertion", NS)
    if part in {"AudienceRestriction", "Subject"}:
        node = assertion.find(f".//saml:{part}", NS)
        node.getparent().remove(node)
    else:
        del assertion.find(".//saml:SubjectConfirmationData", NS).attrib[part]
    refused(idp, saml.sign(etree.tostring(root).decode(), idp.keys))


def test_an_unsigned_answer_is_refused(idp):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (VICTIM,)}
    refused(idp, saml.response(saying))


def test_an_answer_signed_by_a_stranger_is_refused(idp):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (VICTIM,)}
    refused(idp, saml.sign(saml.response(saying), keys_named("stranger")))


def test_an_answer_changed_after_it_was_signed_is_refused(idp):
    refused(idp, honest(idp).replace(HONEST, VICTIM))


@pytest.mark.parametrize("method", ["RSA_SHA1"])
def test_a_weak_signature_is_refused(idp, method):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    refused(idp, saml.sign(saml.response(saying), idp.keys, method=method))


def test_a_signature_by_the_public_key_taken_for_a_secret_is_refused(idp):
    xml = honest(idp).replace(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    )
    refused(idp, xml)


def test_an_answer_serves_once(idp):
    xml = honest(idp)
    cookies = copy.deepcopy(idp.client.cookies)
    idp.arrive(xml)
    idp.client.cookies = cookies
    idp.client.cookies.pop("sessionid", None)
    idp.client.cookies.pop("ent_session", None)
    refused(idp, xml)


def test_an_answer_that_another_browser_asked_for_is_refused(idp):
    xml = honest(idp)
    victim = Idp(Client(HTTP_HOST="ent.example"))
    victim.relay = idp.relay
    refused(victim, xml)


def test_an_answer_that_nobody_asked_for_is_refused(idp):
    honest(idp)
    stranger = Idp(Client(HTTP_HOST="ent.example"))
    stranger.relay = "https://evil.example/"
    refused(stranger, honest(idp))


def test_the_way_to_one_provider_is_not_the_way_from_another(idp, numbered):
    with scope.use(scope.EVERYTHING):
        saml_provider("other", name="Autre")
    xml = honest(idp)
    idp.slug = "other"
    refused(idp, xml)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd">',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>',
    ],
)
def test_a_document_that_reaches_out_or_swells_is_refused(idp, head):
    refused(idp, head + honest(idp))


@pytest.mark.parametrize("nonsense", ["", "not xml", "<a", "<Response/>", "é" * 50, "<a>" * 5000])
def test_nonsense_is_refused(idp, nonsense):
    honest(idp)
    refused(idp, nonsense)


def test_a_document_beyond_any_honest_size_is_refused(idp):
    refused(idp, honest(idp) + " " * 300_000)


def test_a_comment_that_cuts_a_value_is_refused(idp):
    """The signature does not cover comments: « 4700001<!-- -->0 » may be read as Claire's number."""
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (VICTIM + "0",)}
    signed = saml.sign(saml.response(saying), idp.keys)
    refused(idp, signed.replace(VICTIM + "0", VICTIM + "<!-- -->0"))


def test_an_answer_that_says_no_is_believed_on_that(idp):
    saying = idp.leave()
    saying.status = "Responder"
    response = idp.answer(saml.response(saying))
    assert response.status_code == 422
    assert "n’a pas confirmé" in response.content.decode()


def test_something_encrypted_for_us_that_the_provider_did_not_sign_is_refused(idp):
    """Our certificate is public: anybody encrypts for us."""
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (VICTIM,)}
    refused(idp, saml.encrypt(saml.response(saying), idp.service.certificates[0]))


def test_an_encrypted_assertion_put_in_the_place_of_the_signed_one_is_refused(idp):
    xml = honest(idp)
    root = etree.fromstring(xml.encode())
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (VICTIM,)}
    forged = etree.fromstring(saml.encrypt(saml.response(saying), idp.service.certificates[0]).encode())
    root.replace(root.find("saml:Assertion", NS), forged.find("saml:EncryptedAssertion", NS))
    refused(idp, etree.tostring(root).decode())


# --- Signature wrapping (Somorovsky et al., « On Breaking SAML », 2012): the eight known shapes ---


def forged_copy(element):
    """The same, unsigned, naming Claire."""
    forged = copy.deepcopy(element)
    for signature in forged.findall(f"{DSIG}Signature"):
        forged.remove(signature)
    for value in forged.iter(f"{SAML}AttributeValue"):
        value.text = VICTIM
    forged.set("ID", "_forged")
    return forged


def signed_assertion(root):
    return root.find("saml:Assertion", NS)


def signature_of(element):
    return element.find("ds:Signature", NS)


def put_into_object(signature, element):
    etree.SubElement(signature, f"{DSIG}Object").append(element)


def xsw1(root):
    """A forged response carries the true one's signature, and the true one inside it."""
    forged = copy.deepcopy(root)
    forged.set("ID", "_forged")
    for value in forged.iter(f"{SAML}AttributeValue"):
        value.text = VICTIM
    signature = signature_of(forged)
    true = copy.deepcopy(root)
    true.remove(signature_of(true))
    put_into_object(signature, true)
    return forged


def xsw2(root):
    """The same, the true one beside the signature."""
    forged = copy.deepcopy(root)
    forged.set("ID", "_forged")
    for value in forged.iter(f"{SAML}AttributeValue"):
        value.text = VICTIM
    true = copy.deepcopy(root)
    true.remove(signature_of(true))
    signature_of(forged).addprevious(true)
    return forged


def xsw3(root):
    """A forged assertion before the true one."""
    true = signed_assertion(root)
    true.addprevious(forged_copy(true))
    return root


def xsw4(root):
    """The true assertion inside the forged one."""
    true = signed_assertion(root)
    forged = forged_copy(true)
    true.addprevious(forged)
    forged.append(true)
    return root


def xsw5(root):
    """The forged assertion takes the signature, the true one follows without it."""
    true = signed_assertion(root)
    forged = forged_copy(true)
    forged.insert(1, signature_of(true))
    true.addprevious(forged)
    return root


def xsw6(root):
    """The same, the true one inside the signature."""
    true = signed_assertion(root)
    forged = forged_copy(true)
    signature = signature_of(true)
    root.replace(true, forged)
    forged.insert(1, signature)
    put_into_object(signature, true)
    return root


def xsw7(root):
    """A forged assertion of the same name among the extensions."""
    true = signed_assertion(root)
    forged = forged_copy(true)
    forged.set("ID", true.get("ID"))
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(forged)
    root.insert(1, extensions)
    return root


def xsw8(root):
    """The forged assertion has the true one inside an object of the signature."""
    true = signed_assertion(root)
    forged = forged_copy(true)
    signature = signature_of(true)
    root.replace(true, forged)
    true.remove(signature)
    forged.insert(1, signature)
    put_into_object(signature, true)
    return root


WRAPPINGS = [xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_a_forged_assertion_wrapped_around_a_signed_one_is_refused(idp, wrap):
    refused(idp, wrapped(idp, wrap))


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__)
def test_the_library_refuses_it_too(idp, wrap, monkeypatch):
    """Two locks: without our own look at the document, what is read is still what was signed."""
    monkeypatch.setattr(ours, "_look_at", lambda encoded: None)
    monkeypatch.setattr(ours, "look_inside", lambda root: None)
    refused(idp, wrapped(idp, wrap))


def wrapped(idp, wrap) -> str:
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (HONEST,)}
    what = "samlp:Response" if wrap in {xsw1, xsw2} else "saml:Assertion"
    root = etree.fromstring(saml.sign(saml.response(saying), idp.keys, what=what).encode())
    return etree.tostring(wrap(root)).decode()
