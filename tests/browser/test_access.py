"""A school suspends an access and opens it again, a class waits for its day, the region closes the service."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Visitor, home

Visit = Callable[..., Visitor]
# Each process of the service looks every five seconds whether it is closed.
LOOKS_MS = 6000


@pytest.mark.parametrize("device", DEVICES)
def test_the_correspondant_suspends_a_school_and_a_pupil_reads_it_at_the_next_page(visit: Visit, device: str) -> None:
    pupil = visit("malo-moreau", "phone")
    home(pupil.page, "Malo")
    page = visit("marc-tessier", device).page
    page.goto("/administration/acces/")
    assert findings(page) == []
    page.get_by_role("link", name="Suspendre un accès").click()
    expect(page.get_by_text("L’effet est immédiat.")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("checkbox", name="Élèves").check()
    page.get_by_label("Raison").fill("Messages blessants ce matin")
    page.get_by_role("button", name="Suspendre maintenant").click()
    expect(page.get_by_text("Messages blessants ce matin")).to_be_visible()
    assert findings(page) == []
    pupil.page.goto("/annuaire/")
    expect(pupil.page.get_by_text("a suspendu votre accès")).to_be_visible()
    assert findings(pupil.page) == []
    page.locator("summary", has_text="Rouvrir").click()
    page.get_by_role("button", name="Rouvrir").click()
    expect(page.get_by_text("Accès rouvert.")).to_be_visible()
    pupil.page.goto("/")
    home(pupil.page, "Malo")


def test_a_level_opens_on_its_day_by_keyboard_alone(visit: Visit) -> None:
    page = visit("marc-tessier").page
    page.goto("/administration/acces/ouverture/")
    page.get_by_role("checkbox", name="Tout le niveau Sixième").focus()
    page.keyboard.press("Space")
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "eleves":
            break
    page.keyboard.press("Space")
    page.get_by_label("Ouvrir le").fill(f"{(datetime.now(UTC) + timedelta(days=9)).date()}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("personnes n’entrent plus.")).to_be_visible()
    page.goto("/administration/activation/?niveau=Sixième")
    expect(page.locator("td .ent-tag--warn").first).to_be_visible()
    assert findings(page) == []
    page.goto("/administration/acces/")
    while page.locator("summary", has_text="Ouvrir").count():
        page.locator("summary", has_text="Ouvrir").first.click()
        page.get_by_role("button", name="Ouvrir").first.click()
        page.wait_for_load_state()
    expect(page.get_by_text("Aucune ouverture à venir")).to_be_visible()


def test_the_region_closes_the_service_and_opens_it_again(visit: Visit) -> None:
    officer = visit("region").page
    officer.goto("/administration/maintenance/")
    assert findings(officer) == []
    officer.get_by_label("Retour prévu").fill("6 h")
    officer.get_by_role("button", name="Fermer le service").click()
    try:
        expect(officer.get_by_text("Fermé depuis")).to_be_visible()
        assert findings(officer) == []
        officer.wait_for_timeout(LOOKS_MS)
        stranger = visit(device="phone")
        stranger.page.goto("/premiere-connexion/")
        expect(stranger.page.locator("h1")).to_have_text("De retour à 6 h")
        assert findings(stranger.page) == []
        assert "503" in stranger.faults.pop()
    finally:
        # Left closed, it would fail every test that comes after.
        officer.goto("/administration/maintenance/")
        officer.get_by_role("button", name="Rouvrir à tous").click()
    expect(officer.get_by_text("Le service est ouvert à tous.")).to_be_visible()
    officer.wait_for_timeout(LOOKS_MS)
    stranger.page.goto("/premiere-connexion/")
    expect(stranger.page.locator("h1")).to_have_text("Première connexion")


def test_a_mother_keeps_her_own_phone_signed_in_and_changes_her_mind(visit: Visit) -> None:
    page = visit("claire-moreau", "phone").page
    home(page)
    page.goto("/mon-compte/appareils/")
    page.get_by_role("button", name="7 jours").click()
    expect(page.get_by_text("Cet appareil reste connecté jusqu’au")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Ne plus rester connecté").click()
    expect(page.get_by_role("button", name="30 jours")).to_be_visible()
