"""The second proof at sign-in: asked before the session opens, once for each code, and slowly for who guesses."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.accounts.models import Account, WebSession
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.secondfactor.actions import make_codes
from ent.identity.secondfactor.models import FailedCode, RecoveryCode, SecondFactor, TrustedDevice
from ent.identity.signin.queries import entering
from tests.cast import PASSWORD, Cast

CHALLENGE = "/connexion/seconde-preuve/"


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_the_password_alone_opens_nothing(cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    client = enter("mme_fabre")
    assert client.get(CHALLENGE).status_code == 200
    assert client.get("/")["Location"].startswith("/connexion/")
    assert not WebSession.objects.filter(account=cast.mme_fabre.account).exists()


def test_the_code_of_the_phone_opens_the_session(phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    client = enter("mme_fabre")
    before = client.session.session_key
    answer = client.post(CHALLENGE, {"code": phone.now()})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert is_in(client)
    assert client.session.session_key != before
    assert client.session["second"] == "code"


def test_where_one_wanted_to_go_is_kept(cast: Cast, phone: pyotp.TOTP) -> None:
    client = Client(HTTP_HOST="ent.example")
    sent = {"identifier": cast.mme_fabre.account.identifier, "password": PASSWORD, "next": "/annuaire/?q=moreau"}
    assert client.post("/connexion/", sent)["Location"] == CHALLENGE
    assert client.post(CHALLENGE, {"code": phone.now()})["Location"] == "/annuaire/?q=moreau"


def test_spaces_in_a_code_do_not_matter(phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    code = phone.now()
    assert enter("mme_fabre").post(CHALLENGE, {"code": f" {code[:3]} {code[3:]} "}).status_code == 303


@pytest.mark.parametrize(("seconds", "accepted"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_clock_may_be_half_a_minute_off(
    phone: pyotp.TOTP, enter: Callable[..., Client], seconds: int, accepted: bool
) -> None:
    code = phone.at(timezone.now() + timedelta(seconds=seconds))
    answer = enter("mme_fabre").post(CHALLENGE, {"code": code})
    assert answer.status_code == (303 if accepted else 422)


def test_a_code_serves_once(phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    code = phone.now()
    assert enter("mme_fabre").post(CHALLENGE, {"code": code}).status_code == 303
    again = enter("mme_fabre").post(CHALLENGE, {"code": code})
    assert again.status_code == 422
    assert "déjà servi" in again.content.decode()


def test_an_older_code_than_the_last_one_serves_no_more(phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    enter("mme_fabre").post(CHALLENGE, {"code": phone.now()})
    older = phone.at(timezone.now() - timedelta(seconds=30))
    assert enter("mme_fabre").post(CHALLENGE, {"code": older}).status_code == 422


def test_after_five_wrong_codes_one_waits_even_with_the_right_one(
    phone: pyotp.TOTP, enter: Callable[..., Client]
) -> None:
    client = enter("mme_fabre")
    for _try in range(5):
        assert "pas le bon" in client.post(CHALLENGE, {"code": "000000"}).content.decode()
    assert "Réessayez dans" in client.post(CHALLENGE, {"code": phone.now()}).content.decode()
    # Nor does signing in anew help.
    assert enter("mme_fabre").post(CHALLENGE, {"code": phone.now()}).status_code == 422
    with scope.use(scope.EVERYTHING):
        FailedCode.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert enter("mme_fabre").post(CHALLENGE, {"code": phone.now()}).status_code == 303


def test_each_refusal_is_in_the_journal_of_the_school(
    cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]
) -> None:
    enter("mme_fabre").post(CHALLENGE, {"code": "000000"})
    with scope.use(scope.EVERYTHING):
        assert Record.objects.get(action="secondfactor.refuse_code").school_id == cast.lycee.pk


def test_a_recovery_code_serves_once_and_the_person_is_told(
    cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]
) -> None:
    with scope.use(scope.EVERYTHING):
        code = make_codes(cast.mme_fabre.account, by=SYSTEM)[0]
    typed = code.upper().replace("-", " ")
    assert enter("mme_fabre").post(CHALLENGE, {"code": typed}).status_code == 303
    assert enter("mme_fabre").post(CHALLENGE, {"code": code}).status_code == 422
    with scope.use(scope.EVERYTHING):
        assert RecoveryCode.objects.filter(used_at=None).count() == 9
        assert Record.objects.filter(action="secondfactor.use_recovery_code").exists()


def test_no_recovery_code_is_kept_as_it_is(cast: Cast, phone: pyotp.TOTP) -> None:
    with scope.use(scope.EVERYTHING):
        codes = make_codes(cast.mme_fabre.account, by=SYSTEM)
        rows = list(RecoveryCode.objects.values())
    assert len(rows) == 10
    assert not any(code.replace("-", "") in str(row) for code in codes for row in rows)


def test_somebody_elses_code_opens_nothing(cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    with scope.use(scope.EVERYTHING):
        code = make_codes(cast.m_lemaire.account, by=SYSTEM)[0]
    assert enter("mme_fabre").post(CHALLENGE, {"code": code}).status_code == 422


def test_without_the_first_proof_there_is_no_second(client: Client, db: None, phone: pyotp.TOTP) -> None:
    assert client.post(CHALLENGE, {"code": phone.now()})["Location"] == "/connexion/"


def test_the_way_in_closes_after_ten_minutes(
    phone: pyotp.TOTP, enter: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = enter("mme_fabre")
    monkeypatch.setattr(entering, "ENTERING_S", -1)
    assert client.post(CHALLENGE, {"code": phone.now()})["Location"] == "/connexion/"
    assert not is_in(client)


def test_a_password_changed_meanwhile_closes_it_too(
    cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]
) -> None:
    client = enter("mme_fabre")
    account = Account.objects.get(pk=cast.mme_fabre.account_id)
    account.set_password("Autre-1519!")
    account.save()
    assert client.post(CHALLENGE, {"code": phone.now()})["Location"] == "/connexion/"


def test_a_trusted_device_is_not_asked_again_for_seven_days(phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    client = enter("mme_fabre")
    client.post(CHALLENGE, {"code": phone.now(), "confiance": "1"})
    client.post("/deconnexion/")
    assert is_in(enter("mme_fabre", client))
    assert not is_in(enter("mme_fabre"))  # another browser
    client.post("/deconnexion/")
    with scope.use(scope.EVERYTHING):
        TrustedDevice.objects.update(expires_at=timezone.now())
    assert not is_in(enter("mme_fabre", client))


def test_the_trust_of_one_is_not_that_of_another(cast: Cast, phone: pyotp.TOTP, enter: Callable[..., Client]) -> None:
    client = enter("mme_fabre")
    client.post(CHALLENGE, {"code": phone.now(), "confiance": "1"})
    client.post("/deconnexion/")
    with scope.use(scope.EVERYTHING):
        SecondFactor.objects.update(account=cast.m_lemaire.account)
    assert not is_in(enter("m_lemaire", client))


def test_who_has_no_second_factor_and_needs_none_goes_straight_in(enter: Callable[..., Client], cast: Cast) -> None:
    assert is_in(enter("claire"))
