"""Setting up a second factor: staff before anything else, others when they like; and what is told and kept."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from ent.core.actors import SYSTEM
from ent.core.errors import Refused
from ent.core.tests.queue import run_jobs
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import (
    add_key,
    begin_application,
    make_codes,
    remove_factor,
    reset_factors,
    trust_device,
)
from ent.identity.secondfactor.enums import IdentityCheck
from ent.identity.secondfactor.models import RecoveryCode, SecondFactor, TrustedDevice
from ent.identity.secondfactor.queries.factors import must_have_factor
from ent.identity.secondfactor.queries.keys import NewKey
from ent.identity.secondfactor.tests.conftest import prove
from tests.cast import PASSWORD, Cast

CHOOSE = "/mon-compte/seconde-preuve/choisir/"
APPLICATION = "/mon-compte/seconde-preuve/application/"
CODES = "/mon-compte/seconde-preuve/codes/"
MANAGE = "/mon-compte/seconde-preuve/"


def shown_key(client: Client) -> pyotp.TOTP:
    page = client.get(APPLICATION).content.decode()
    found = re.search(r'class="ent-key"[^>]*>([A-Z2-7 ]+)<', page)
    assert found
    return pyotp.TOTP(found.group(1).replace(" ", ""))


def test_staff_set_it_up_before_anything_else(enter: Callable[..., Client], cast: Cast) -> None:
    client = enter("mme_fabre")
    assert client.get("/")["Location"] == CHOOSE
    assert client.get("/annuaire/")["Location"] == CHOOSE
    assert client.post(CHOOSE, {"kind": "application"})["Location"] == APPLICATION
    client.post(APPLICATION)
    assert client.post(APPLICATION, {"code": shown_key(client).now()})["Location"] == CODES
    # Until the codes are put away nothing else opens.
    assert client.get("/annuaire/")["Location"] == CHOOSE
    assert client.get(CHOOSE)["Location"] == CODES
    assert client.post(CODES).status_code == 422
    assert client.post(CODES, {"lieu-sur": "1"})["Location"] == "/"
    assert client.get("/annuaire/").status_code == 200


def test_a_page_loaded_again_shows_the_same_key(enter: Callable[..., Client], cast: Cast) -> None:
    client = enter("mme_fabre")
    client.post(APPLICATION)
    first = shown_key(client)
    client.post(APPLICATION)
    client.post(APPLICATION, {"code": "000000"})
    assert shown_key(client).secret == first.secret


def test_a_key_that_nobody_has_proved_is_no_second_factor(enter: Callable[..., Client], cast: Cast) -> None:
    client = enter("mme_fabre")
    client.post(APPLICATION)
    assert client.get("/")["Location"] == CHOOSE
    assert enter("mme_fabre").get("/")["Location"] == CHOOSE


def test_the_secret_is_sealed(enter: Callable[..., Client], cast: Cast) -> None:
    client = enter("mme_fabre")
    client.post(APPLICATION)
    secret = pyotp.TOTP(shown_key(client).secret).byte_secret()
    assert len(secret) == 20
    with scope.use(scope.EVERYTHING), connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM secondfactor_secondfactor")
        assert secret not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("name", "must"),
    [
        ("mme_dupont", True),
        ("mme_fabre", True),
        ("m_lemaire", True),
        ("m_tessier", True),
        ("region_officer", True),
        ("ines", False),
        ("claire", False),
        ("lucas", False),
    ],
)
def test_who_must_have_one(cast: Cast, name: str, must: bool) -> None:
    with scope.use(scope.EVERYTHING):
        assert must_have_factor(cast.people[name].account) is must


def test_codes_are_shown_to_the_session_that_made_them_only(cast: Cast, phone: pyotp.TOTP) -> None:
    client = prove(cast.signed_in("mme_fabre"))
    assert client.post("/mon-compte/seconde-preuve/codes/refaire/")["Location"] == CODES
    codes = re.findall(r"<li>([2-9a-z]{4}-[2-9a-z]{4})</li>", client.get(CODES).content.decode())
    assert len(codes) == 10
    file = client.post("/mon-compte/seconde-preuve/codes/fichier/")
    assert all(code in file.content.decode() for code in codes)
    assert file["Cache-Control"] == "no-store"
    assert prove(cast.signed_in("mme_fabre")).get(CODES)["Location"] == MANAGE
    client.post(CODES, {"lieu-sur": "1"})
    assert client.get(CODES)["Location"] == MANAGE


def test_nothing_is_changed_without_a_fresh_proof(cast: Cast, phone: pyotp.TOTP) -> None:
    client = prove(cast.signed_in("mme_fabre"), ago=timedelta(minutes=11))
    with scope.use(scope.EVERYTHING):
        factor = SecondFactor.objects.get()
    for path in (CHOOSE, APPLICATION, f"{MANAGE}{factor.pk}/retirer/", f"{CODES}refaire/", f"{MANAGE}cle/"):
        assert client.post(path)["Location"].startswith("/mon-compte/confirmer/"), path


def test_a_code_proves_it_again(cast: Cast, phone: pyotp.TOTP) -> None:
    client = prove(cast.signed_in("mme_fabre"), ago=timedelta(minutes=11))
    answer = client.post("/mon-compte/confirmer/", {"code": phone.now(), "next": CHOOSE})
    assert answer["Location"] == CHOOSE
    assert client.get(CHOOSE).status_code == 200


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/"])
def test_proving_again_leads_nowhere_else(cast: Cast, target: str) -> None:
    client = cast.signed_in("mme_fabre")
    answer = client.post("/mon-compte/confirmer/", {"password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_a_wrong_password_proves_nothing(cast: Cast) -> None:
    client = cast.signed_in("claire")
    assert client.post("/mon-compte/confirmer/", {"password": "faux", "next": CHOOSE}).status_code == 422
    assert client.get(CHOOSE).status_code == 303


def test_the_last_one_of_staff_is_not_removed(cast: Cast, phone: pyotp.TOTP) -> None:
    with scope.use(scope.EVERYTHING):
        factor = SecondFactor.objects.get()
        with pytest.raises(Refused, match="ajoutez d’abord l’autre"):
            remove_factor(factor, by=SYSTEM)
        add_key(cast.mme_fabre.account, NewKey(b"data", b"id", 0), "Ma clé", by=SYSTEM)
        remove_factor(factor, by=SYSTEM)
        assert SecondFactor.objects.get().name == "Ma clé"


def test_nobody_touches_the_factor_of_another(cast: Cast, phone: pyotp.TOTP) -> None:
    with scope.use(scope.EVERYTHING):
        factor = SecondFactor.objects.get()
    client = prove(cast.signed_in("m_lemaire"))
    for path in (f"{MANAGE}{factor.pk}/", f"{MANAGE}{factor.pk}/retirer/"):
        assert client.post(path, {"name": "x"}).status_code == 404


def test_the_person_is_told_of_what_changes(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        add_key(cast.mme_fabre.account, NewKey(b"data", b"id", 0), "Ma clé", by=SYSTEM)
    run_jobs()
    assert [letter.subject for letter in mail.outbox] == ["Une seconde preuve a été ajoutée à votre compte"]


def test_who_has_lost_theirs_is_let_in_again_by_the_school(
    cast: Cast, enter: Callable[..., Client], client: Client
) -> None:
    with scope.use(scope.EVERYTHING):
        account = cast.m_tessier.account
        begin_application(account, by=SYSTEM)
        add_key(account, NewKey(b"data", b"id", 0), "Ma clé", by=SYSTEM)
        make_codes(account, by=SYSTEM)
        trust_device(account, "Firefox", by=SYSTEM)
        reset_factors(account, IdentityCheck.PAPER, "Téléphone volé", by=SYSTEM, schools=[cast.college.pk])
        assert not SecondFactor.objects.exists()
        assert not RecoveryCode.objects.exists()
        assert not TrustedDevice.objects.exists()
        told = Record.objects.get(action="secondfactor.reset_factors")
    assert told.details == {"check": "piece", "reason": "Téléphone volé"}
    assert enter("m_tessier").get("/")["Location"] == CHOOSE


def test_resetting_asks_how_one_made_sure(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        add_key(cast.malo.account, NewKey(b"data", b"id", 0), "Ma clé", by=SYSTEM)
    client = cast.signed_in("m_tessier")
    page = f"/administration/comptes/{cast.malo.pk}/seconde-preuve/"
    assert client.post(page, {"reason": "perdu"}).status_code == 422
    assert client.post(page, {"check": "piece", "reason": "perdu"}).status_code == 303
    with scope.use(scope.EVERYTHING):
        assert not SecondFactor.objects.exists()


def test_ones_account_says_what_protects_it(cast: Cast, phone: pyotp.TOTP) -> None:
    page = cast.signed_in("mme_fabre").get("/mon-compte/").content.decode()
    assert "Application, aucun code de secours" in page
    assert "Aucune pour l’instant" in cast.signed_in("claire").get("/mon-compte/").content.decode()


def test_the_correspondant_sees_how_many_of_the_staff_have_none(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert "1 personnel sans seconde preuve" in client.get("/administration/activation/").content.decode()
    with scope.use(scope.EVERYTHING):
        add_key(cast.m_tessier.account, NewKey(b"data", b"id", 0), "Ma clé", by=SYSTEM)
    assert "sans seconde preuve" not in client.get("/administration/activation/").content.decode()
