"""Coming in by ÉduConnect: from its answer to the home page, and what is said to whoever has no account here."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.core.tests.queue import run_jobs
from ent.directory.enums import ExternalSystem
from ent.directory.models import ExternalId, Guardianship, Membership
from ent.foundation.accounts.actions import lock_account
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import purge_spent
from ent.identity.federation.actions.providers import change_key, prepare_key
from ent.identity.federation.models import ExternalIdentity, SpentOnce
from ent.identity.federation.queries.matching import read_reference
from tests.providers import BASE, Idp, is_signed_in, keys_named, saml, saml_provider

pytestmark = pytest.mark.django_db

SUBJECT = "FrEduCtId"


def say(idp: Idp, **attributes: str | tuple[str, ...]) -> str:
    """A signed answer that says this of whoever has come."""
    saying = idp.leave()
    told = {name: value if isinstance(value, tuple) else (value,) for name, value in attributes.items()}
    saying.attributes = told
    return saml.sign(saml.response(saying), idp.keys)


def acts(name: str) -> list[Record]:
    with scope.use(scope.EVERYTHING):
        return list(Record.objects.filter(action=name))


def test_a_mother_comes_in_and_her_account_is_linked(idp, numbered, reference):
    response = idp.arrive(say(idp, FrEduCtRefId=reference("claire"), FrEduCtId="a" * 96))
    assert response["Location"] == "/"
    assert idp.client.session["_auth_user_id"] == str(numbered.claire.account_id)
    assert idp.client.session["method"] == "saml"
    with scope.use(scope.EVERYTHING):
        assert ExternalIdentity.objects.get().account == numbered.claire.account
    assert len(acts("federation.link_identity")) == 2, "one in the journal of each school of her children"
    assert acts("signin.open_session")[-1].details["provider"] == "educonnect"


def test_the_lasting_identifier_alone_opens_the_account_the_next_time(idp, numbered, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire"), FrEduCtId="a" * 96))
    again = Idp(Client(HTTP_HOST="ent.example"))
    assert again.arrive(say(again, FrEduCtId="a" * 96))["Location"] == "/"
    assert again.client.session["_auth_user_id"] == str(numbered.claire.account_id)


def test_an_older_identity_vector_names_a_pupil_of_a_school(idp, numbered):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(
            person=numbered.malo, system=ExternalSystem.SIECLE, issuer=numbered.college.uai, value="77001"
        )
    response = idp.arrive(say(idp, FrEduVecteur=f"4|MOREAU|Malo|77001|{numbered.college.uai}"))
    assert response["Location"] == "/"
    assert idp.client.session["_auth_user_id"] == str(numbered.malo.account_id)


def test_a_vector_opens_the_account_of_the_guardian_it_names_and_of_no_other(idp, numbered):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(
            person=numbered.malo, system=ExternalSystem.SIECLE, issuer=numbered.college.uai, value="77001"
        )
        assert Guardianship.objects.filter(pupil=numbered.malo, guardian=numbered.claire).exists()
    unnamed = f"2|||77001|{numbered.college.uai}"
    idp.arrive(say(idp, FrEduVecteur=unnamed))
    assert not is_signed_in(idp.client), "a number of a child says nothing of which parent has come"
    idp.arrive(say(idp, FrEduVecteur=unnamed, sn="MOREAU", givenName="Claire"))
    assert idp.client.session["_auth_user_id"] == str(numbered.claire.account_id)


def test_a_first_arrival_activates_the_account_and_the_paper_opens_nothing_any_more(idp, numbered, reference):
    account = numbered.malo.account
    Account.objects.filter(pk=account.pk).update(activated_at=None, must_change_password=True)
    response = idp.arrive(say(idp, FrEduCtRefId=reference("malo")))
    assert response["Location"] == "/", "nothing is asked of a password that is not theirs"
    account.refresh_from_db()
    assert account.activated_at is not None
    assert not account.must_change_password
    assert not account.has_usable_password()
    assert len(acts("federation.activate_account")) == 1


def test_a_password_of_ones_own_is_kept(idp, numbered, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire")))
    numbered.claire.account.refresh_from_db()
    assert numbered.claire.account.has_usable_password()


def test_an_encrypted_answer_is_read(idp, numbered, reference):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    signed = saml.sign(saml.response(saying), idp.keys)
    encrypted = saml.sign(saml.encrypt(signed, idp.service.certificates[0]), idp.keys, what="samlp:Response")
    assert "FrEduCtRefId" not in encrypted
    assert idp.arrive(encrypted)["Location"] == "/"
    assert idp.client.session["_auth_user_id"] == str(numbered.claire.account_id)


def test_an_answer_encrypted_for_our_former_key_is_still_read(idp, reference):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    signed = saml.sign(saml.response(saying), idp.keys)
    encrypted = saml.sign(saml.encrypt(signed, idp.service.certificates[0]), idp.keys, what="samlp:Response")
    with scope.use(scope.EVERYTHING):
        prepare_key(by=SYSTEM)
        change_key(by=SYSTEM)
    assert idp.arrive(encrypted)["Location"] == "/"


def test_a_key_to_come_is_published_beside_the_one_in_service(idp, educonnect):
    with scope.use(scope.EVERYTHING):
        prepare_key(by=SYSTEM)
    idp.leave()
    assert len(idp.service.certificates) == 2


def test_a_provider_that_changes_its_key_is_believed_by_either(numbered, reference):
    coming = keys_named("idp to come")
    with scope.use(scope.EVERYTHING):
        saml_provider(metadata=saml.metadata(BASE, keys_named("idp"), others=(coming.bare_certificate,)))
    for keys in (keys_named("idp"), coming):
        idp = Idp(Client(HTTP_HOST="ent.example"))
        idp.keys = keys
        assert idp.arrive(say(idp, FrEduCtRefId=reference("claire")))["Location"] == "/"


def test_names_with_an_apostrophe_and_composed_accents_are_read(idp):
    idp.arrive(say(idp, FrEduCtRefId="{AAF}18|x|1", givenName="E\u0301loi\u0308se", sn="d'Aubigné <L'Île>"))
    text = idp.client.get(reverse("federation:nobody"), secure=True).content.decode()
    assert "d&#x27;Aubigné &lt;L&#x27;Île&gt;" in text


def test_somebody_without_an_account_is_told_what_to_do_and_whom_to_ask(idp, numbered):
    response = idp.arrive(say(idp, FrEduCtRefId="{AAF}18|x|999", givenName="Paule", sn="Inconnue"))
    assert response["Location"] == reverse("federation:nobody")
    assert not is_signed_in(idp.client)
    text = idp.client.get(f"{response['Location']}?etablissement={numbered.college.uai}", secure=True).content.decode()
    assert "Paule Inconnue" in text
    assert numbered.m_tessier.polite_name in text
    record = acts("federation.refuse_arrival")[0]
    assert record.details["reference"] in text
    assert record.details["reason"] == "nobody"
    assert "Inconnue" not in str(record.details)


def test_somebody_of_another_academie_is_told_so(idp):
    idp.arrive(say(idp, FrEduCtRefId="{AAF}13|x|4700001"))
    assert "autre académie" in idp.client.get(reverse("federation:nobody"), secure=True).content.decode()


def test_educonnect_never_opens_the_account_of_somebody_who_is_staff_only(idp, numbered):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(
            person=numbered.mme_fabre, system=ExternalSystem.AAF_GUARDIAN, issuer="18", value="4799999"
        )
    idp.arrive(say(idp, FrEduCtRefId="{AAF}18|x|4799999"))
    assert not is_signed_in(idp.client)
    assert acts("federation.refuse_arrival")[0].details["reason"] == "other_profile"


def test_a_guardian_does_not_open_the_pupil_of_the_same_number(idp, numbered):
    with scope.use(scope.EVERYTHING):
        ExternalId.objects.create(person=numbered.malo, system=ExternalSystem.AAF_PUPIL, issuer="18", value="4700001")
    idp.arrive(say(idp, FrEduCtRefId="{AAF}18|x|4700001", FrEduCtPersonAffiliation="resp2d"))
    assert idp.client.session["_auth_user_id"] == str(numbered.claire.account_id)


def test_an_account_that_is_locked_is_told_so_and_linked_to_nothing(idp, numbered, reference):
    lock_account(numbered.claire.account, reason="essai", by=SYSTEM)
    response = idp.arrive(say(idp, FrEduCtRefId=reference("claire"), FrEduCtId="a" * 96))
    assert response["Location"] == reverse("signin:nothing_open")
    assert not is_signed_in(idp.client)
    with scope.use(scope.EVERYTHING):
        assert not ExternalIdentity.objects.exists()


def test_somebody_who_has_left_comes_in_no_more_even_by_a_linked_identity(idp, numbered, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire"), FrEduCtId="a" * 96))
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=numbered.claire).update(ends=timezone.localdate() - timedelta(days=9))
    again = Idp(Client(HTTP_HOST="ent.example"))
    again.arrive(say(again, FrEduCtId="a" * 96))
    assert not is_signed_in(again.client)


# --- Several accounts ---


def two(idp, reference) -> str:
    both = (reference("claire"), reference("karim"))
    return say(idp, FrEduCtRefId=both, FrEduCtId="b" * 96, givenName="Claire")


def test_somebody_with_two_accounts_chooses_with_the_schools_beside_each(idp, numbered, reference):
    response = idp.arrive(two(idp, reference))
    assert response["Location"] == reverse("federation:choose")
    text = idp.client.get(response["Location"], secure=True).content.decode()
    assert numbered.college.name in text
    chosen = {"compte": numbered.karim.account_id, "retenir": "on"}
    assert idp.client.post(response["Location"], chosen, secure=True)["Location"] == "/"
    assert idp.client.session["_auth_user_id"] == str(numbered.karim.account_id)
    again = Idp(Client(HTTP_HOST="ent.example"))
    assert again.arrive(two(again, reference))["Location"] == "/", "the choice was remembered"


def test_a_choice_that_is_not_remembered_is_asked_again(idp, numbered, reference):
    response = idp.arrive(two(idp, reference))
    idp.client.post(response["Location"], {"compte": numbered.karim.account_id}, secure=True)
    again = Idp(Client(HTTP_HOST="ent.example"))
    assert again.arrive(two(again, reference))["Location"] == reverse("federation:choose")


def test_nobody_chooses_an_account_that_was_not_offered(idp, numbered, reference):
    response = idp.arrive(two(idp, reference))
    assert idp.client.post(response["Location"], {"compte": numbered.ines.account_id}, secure=True).status_code == 404
    assert not is_signed_in(idp.client)


def test_an_account_that_is_somebody_elses_can_be_told_and_is_locked(idp, numbered, reference):
    response = idp.arrive(two(idp, reference))
    idp.client.post(response["Location"], {"signaler": numbered.karim.account_id}, secure=True)
    numbered.karim.account.refresh_from_db()
    assert not numbered.karim.account.is_active
    assert len(acts("federation.report_account")) == 1
    text = idp.client.get(response["Location"], secure=True).content.decode()
    assert numbered.karim.full_name not in text


# --- Second thoughts: tabs, links, sign-out ---


def test_two_tabs_do_not_mix(idp, numbered, reference):
    first = say(idp, FrEduCtRefId=reference("claire"))
    relay = idp.relay
    second = say(idp, FrEduCtRefId=reference("claire"))
    assert idp.answer(first, relay=relay).status_code == 303
    assert idp.arrive(second)["Location"] == "/"


def test_a_page_reloaded_after_the_arrival_leads_home(idp, reference):
    xml = say(idp, FrEduCtRefId=reference("claire"))
    idp.arrive(xml)
    assert idp.answer(xml)["Location"] == "/"
    assert idp.client.get(reverse("federation:arrive"), secure=True)["Location"] == "/"


def test_an_arrival_serves_once(idp, reference):
    response = idp.answer(say(idp, FrEduCtRefId=reference("claire")))
    kept = response.cookies["ent_arrival"].value
    idp.client.get(reverse("federation:arrive"), secure=True)
    thief = Client(HTTP_HOST="ent.example")
    thief.cookies["ent_arrival"] = kept
    thief.get(reverse("federation:arrive"), secure=True)
    assert not is_signed_in(thief)


def test_the_page_asked_for_is_the_one_that_opens(idp, reference):
    saying = idp.leave("?next=/mon-compte/")
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == "/mon-compte/"


def test_no_page_of_another_site_opens(idp, reference):
    saying = idp.leave("?next=https://evil.example/")
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == "/"


def test_signing_out_here_signs_out_there(idp, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire")))
    text = idp.client.post(reverse("signin:sign_out"), secure=True).content.decode()
    assert not is_signed_in(idp.client)
    url = re.search(r'content="0; url=([^"]+)"', text)
    assert url
    asked = url[1].replace("&amp;", "&").partition("?")[2]
    saml.check_redirect(asked, "SAMLRequest", idp.service)
    assert saml.read_redirect(asked, "SAMLRequest").find("saml:NameID", saml.NS) is not None


def test_a_sign_out_there_closes_the_sessions_that_came_from_it(idp, numbered, reference):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    idp.arrive(saml.sign(saml.response(saying), idp.keys))
    other = numbered.signed_in("claire")
    asked = saml.logout_request(BASE + "/metadata", idp.service, name_id=saying.name_id, index=saying.index)
    url = saml.redirect_url(idp.service.sign_out_url, "SAMLRequest", asked, idp.keys)
    answer = Client(HTTP_HOST="ent.example").get(url.removeprefix("https://ent.example"), secure=True)
    assert answer["Location"].startswith(BASE + "/slo?SAMLResponse=")
    saml.check_redirect(answer["Location"].partition("?")[2], "SAMLResponse", idp.service)
    assert idp.client.get("/", secure=True)["Location"].startswith("/connexion/")
    assert other.get("/", secure=True).status_code == 200, "a session that did not come from it goes on"


@pytest.mark.parametrize("forged", ["another key", "no signature", "changed"])
def test_a_forged_sign_out_closes_nothing(idp, reference, forged):
    saying = idp.leave()
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    idp.arrive(saml.sign(saml.response(saying), idp.keys))
    asked = saml.logout_request(BASE + "/metadata", idp.service, name_id=saying.name_id, index=saying.index)
    keys = keys_named("stranger") if forged == "another key" else idp.keys
    url = saml.redirect_url(idp.service.sign_out_url, "SAMLRequest", asked, keys)
    if forged == "no signature":
        url = url.partition("&SigAlg")[0]
    if forged == "changed":
        other = saml.redirect_url(idp.service.sign_out_url, "SAMLRequest", asked.replace("<samlp:S", "<samlp:S "), keys)
        url = other.partition("&Signature=")[0] + "&Signature=" + url.partition("&Signature=")[2]
    assert Client(HTTP_HOST="ent.example").get(url.removeprefix("https://ent.example"), secure=True).status_code == 422
    assert idp.client.get("/", secure=True).status_code == 200


def test_a_signed_in_person_links_an_identity_once_both_are_proved(numbered, educonnect, reference):
    idp = Idp(Client(HTTP_HOST="ent.example"))
    idp.client.force_login(numbered.claire.account)
    asked = idp.client.get(reverse("federation:leave", args=["educonnect"]) + "?pour=lien", secure=True)
    assert asked["Location"].startswith(reverse("secondfactor:confirm")), "a proof of a while ago is not enough"
    session = idp.client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    saying = idp.leave("?pour=lien")
    saying.attributes = {SUBJECT: ("c" * 96,), "FrEduCtRefId": (reference("claire"),)}
    response = idp.arrive(saml.sign(saml.response(saying), idp.keys))
    assert response["Location"] == reverse("federation:linked")
    with scope.use(scope.EVERYTHING):
        assert ExternalIdentity.objects.get().account == numbered.claire.account


def test_the_identity_of_another_account_is_not_linked(numbered, educonnect, reference):
    idp = Idp(Client(HTTP_HOST="ent.example"))
    idp.client.force_login(numbered.claire.account)
    session = idp.client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    saying = idp.leave("?pour=lien")
    saying.attributes = {SUBJECT: ("c" * 96,), "FrEduCtRefId": (reference("karim"),)}
    idp.arrive(saml.sign(saml.response(saying), idp.keys))
    with scope.use(scope.EVERYTHING):
        assert not ExternalIdentity.objects.exists()


def test_the_only_way_in_is_not_detached(idp, numbered, reference):
    Account.objects.filter(pk=numbered.malo.account_id).update(must_change_password=True)
    idp.arrive(say(idp, FrEduCtRefId=reference("malo"), FrEduCtId="d" * 96))
    with scope.use(scope.EVERYTHING):
        pk = ExternalIdentity.objects.get().pk
    assert idp.client.post(reverse("federation:unlink", args=[pk]), secure=True).status_code == 409


def test_what_has_served_is_forgotten_once_it_is_too_old(idp, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire")))
    with scope.use(scope.EVERYTHING):
        assert SpentOnce.objects.exists()
        SpentOnce.objects.update(until=timezone.now() - timedelta(minutes=1))
        assert purge_spent(by=SYSTEM) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{AAF}18|x|4700001", ("18", "4700001")),
        ("{ECT}018|x|12", ("18", "12")),
        ("AAF}18|x|1", ("18", "1")),
        ("18|x|1", None),
        ("{AAF}18|1", None),
        ("{AAF}18|x|y|1", None),
        ("{AAF}a|x|1", None),
        ("{AAF}18|x|", None),
    ],
)
def test_a_reference_has_exactly_three_parts(text, expected):
    found = read_reference(text)
    assert (found and (found.academy, found.number)) == expected


def test_coming_in_costs_the_same_however_many_references_are_given(idp, numbered, reference):
    def queries(*more: str) -> int:
        again = Idp(Client(HTTP_HOST="ent.example"))
        xml = say(again, FrEduCtRefId=(reference("claire"), *more))
        with CaptureQueriesContext(connection) as seen:
            again.arrive(xml)
        return len(seen)

    queries()
    assert queries() == queries(*(f"{{AAF}}18|x|{number}" for number in range(30)))


# --- Without a password ---


def test_whoever_has_no_password_proves_again_by_their_provider_and_then_chooses_one(idp, numbered, reference):
    account = numbered.malo.account
    Account.objects.filter(pk=account.pk).update(must_change_password=True)
    told = {"FrEduCtRefId": reference("malo"), "FrEduCtId": "d" * 96}
    idp.arrive(say(idp, **told))
    session = idp.client.session
    session["proved_at"] = 0
    session.save()
    page = reverse("signin:change_password")
    confirm = idp.client.get(page, secure=True)["Location"]
    text = idp.client.get(confirm, secure=True).content.decode()
    assert "Le prouver par ÉduConnect" in text
    saying = idp.leave(f"?pour=preuve&next={page}")
    saying.attributes = {name: (value,) for name, value in told.items()}
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == page
    answer = idp.client.post(page, {"password": "Trois-hiboux-7"}, secure=True)
    assert answer.status_code == 303, answer.content.decode()
    account.refresh_from_db()
    assert account.check_password("Trois-hiboux-7")


def test_the_proof_of_somebody_else_is_no_proof(idp, numbered, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire"), FrEduCtId="a" * 96))
    session = idp.client.session
    session["proved_at"] = 0
    session.save()
    saying = idp.leave("?pour=preuve&next=/mon-compte/")
    saying.attributes = {"FrEduCtRefId": (reference("karim"),)}
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == "/"
    assert idp.client.session["proved_at"] == 0
    assert idp.client.session["_auth_user_id"] == str(numbered.claire.account_id)


def test_the_address_of_a_school_shows_its_own_cards(educonnect, numbered):
    client = Client(HTTP_HOST="ent.example")

    def cards(school) -> str:
        return client.get(f"/connexion/etablissement/{school.uai}/").content.decode()

    assert "Avec ÉduConnect" in cards(numbered.college)
    assert numbered.college.name in cards(numbered.college)
    assert "Avec ÉduConnect" not in cards(numbered.veron)
    assert "Avec ÉduConnect" not in cards(numbered.cfa)
    assert client.get("/connexion/etablissement/0000000X/").status_code == 404


def test_a_forgotten_password_is_replaced_by_whoever_their_provider_knows(idp, numbered, reference):
    elsewhere = numbered.signed_in("claire")
    asked = Client(HTTP_HOST="ent.example").get("/mot-de-passe-oublie/").content.decode()
    page = reverse("signin:change_password")
    assert f"/connexion/externe/educonnect/?next={page}" in asked
    saying = idp.leave(f"?next={page}")
    saying.attributes = {"FrEduCtRefId": (reference("claire"),)}
    assert idp.arrive(saml.sign(saml.response(saying), idp.keys))["Location"] == page
    assert 'name="current"' not in idp.client.get(page, secure=True).content.decode()
    assert idp.client.post(page, {"password": "Trois-hiboux-7"}, secure=True).status_code == 303
    numbered.claire.account.refresh_from_db()
    assert numbered.claire.account.check_password("Trois-hiboux-7")
    assert elsewhere.get("/").status_code == 303, "every other session ends"
    run_jobs()
    assert mail.outbox[-1].subject == "Votre mot de passe a été changé"


def test_an_hour_after_coming_by_a_provider_it_has_to_be_proved_anew(idp, numbered, reference):
    idp.arrive(say(idp, FrEduCtRefId=reference("claire")))
    session = idp.client.session
    session["proved_at"] -= 3600
    session.save()
    answer = idp.client.post(reverse("signin:change_password"), {"password": "Trois-hiboux-7"}, secure=True)
    assert answer["Location"].startswith(reverse("secondfactor:confirm"))
    numbered.claire.account.refresh_from_db()
    assert not numbered.claire.account.check_password("Trois-hiboux-7")
