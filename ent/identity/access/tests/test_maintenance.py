"""The whole service closed by the region: the page of maintenance for everybody, but for the region's team."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.identity.access.actions import close_service
from ent.identity.access.queries.service import look_again
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _looking(settings: Any) -> Iterator[None]:
    settings.SERVICE_LOOK_S = 0
    yield
    look_again()


@pytest.fixture
def officer(cast: Cast) -> Client:
    client = cast.signed_in("region_officer")
    session = client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    return client


def test_closed_everybody_gets_the_page_of_maintenance(cast: Cast, officer: Client) -> None:
    assert officer.post("/administration/maintenance/", {"back_at": "6 h"}).status_code == 303
    for name in ("ines", "mme_dupont", "m_tessier"):
        answer = cast.signed_in(name).get("/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "600")
        assert "De retour à 6 h" in answer.content.decode()
    assert cast.signed_in("stranger").get("/").status_code == 503


def test_the_region_comes_in_works_and_opens_again(cast: Cast, officer: Client) -> None:
    officer.post("/administration/maintenance/", {"back_at": ""})
    assert officer.get("/").status_code == 200
    assert "Fermé depuis" in officer.get("/administration/maintenance/").content.decode()
    officer.post("/administration/maintenance/", {"ouvrir": "1"})
    assert cast.signed_in("ines").get("/").status_code == 200


def test_what_the_region_needs_to_come_in_stays_open_and_so_do_the_machines_questions(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        close_service(back_at="", by=SYSTEM)
    stranger = cast.signed_in("stranger")
    assert stranger.get("/connexion/").status_code == 200
    assert stranger.get("/healthz").status_code == 200
    assert stranger.get("/premiere-connexion/").status_code == 503
    assert cast.signed_in("ines").get("/mon-compte/appareils/").status_code == 503
    assert cast.signed_in("ines").post("/deconnexion/").status_code == 303


def test_both_are_in_the_journal_of_the_region(cast: Cast, officer: Client) -> None:
    officer.post("/administration/maintenance/", {"back_at": "6 h"})
    officer.post("/administration/maintenance/", {"ouvrir": "1"})
    with scope.use(scope.EVERYTHING):
        told = Record.objects.filter(action__startswith="access.").order_by("id")
        assert [(row.action, row.school_id) for row in told] == [
            ("access.close_service", None),
            ("access.open_service", None),
        ]
