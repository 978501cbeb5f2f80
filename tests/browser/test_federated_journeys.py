"""By ÉduConnect and by the académie, as the sandbox plays them: from « Qui êtes-vous ? » to the home page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Visitor, home

Visit = Callable[..., Visitor]
FAMILIES, STAFF = "Élève ou parent", "Enseignant ou personnel"
REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"


def come(page: Page, card: str, who: str) -> None:
    """One card here, one name there: what comes after is our page again."""
    page.goto("/connexion/")
    expect(page.locator("h1")).to_have_text("Qui êtes-vous\u202f?")
    page.get_by_role("button", name=card).click()
    page.get_by_role("button", name=who).first.click()


def heading(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_contain_text(text)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("who", ["Inès Moreau", "Claire Moreau"])
def test_a_pupil_and_a_mother_are_home_in_two_clicks_without_a_field(visit: Visit, who: str, device: str) -> None:
    page = visit(device=device).page
    come(page, FAMILIES, who)
    home(page, who.split()[0])
    page.goto("/mon-compte/identites/")
    assert findings(page) == []
    expect(page.locator("#contenu")).to_contain_text("ÉduConnect")


def test_without_scripts_there_is_one_more_click_each_way(visit: Visit) -> None:
    page = visit(device="phone", java_script_enabled=False).page
    come(page, FAMILIES, "Inès Moreau")
    page.get_by_role("button", name="Continuer").click()
    home(page, "Inès")


@pytest.mark.parametrize("device", DEVICES)
def test_a_teacher_comes_by_the_academie_and_sets_up_a_second_proof_first(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    come(page, STAFF, "Anne Dupont" if device == "phone" else "Marc Tessier")
    heading(page, "Protégez votre compte")
    page.goto("/")
    heading(page, "Protégez votre compte")


@pytest.mark.parametrize("device", DEVICES)
def test_somebody_without_an_account_finds_whom_to_ask(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    come(page, FAMILIES, "Paule Inconnue")
    heading(page, "Nous n’avons pas trouvé votre compte")
    page.get_by_label("L’établissement", exact=True).select_option(label="Collège des Bords-de-Loire, Amboise")
    page.get_by_role("button", name="Voir qui peut m’aider").click()
    expect(page.locator("#contenu")).to_contain_text("Marc Tessier")
    assert findings(page) == []


@pytest.mark.parametrize("device", DEVICES)
def test_whoever_has_two_accounts_chooses_by_the_keyboard(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    come(page, FAMILIES, "Claire Deux-Profils")
    heading(page, "Avec quel profil")
    assert findings(page) == []
    page.get_by_label("Ouvrir ce profil la prochaine fois").uncheck()
    page.locator("button.ent-choice").first.focus()
    page.keyboard.press("Enter")
    home(page)


@pytest.mark.parametrize("situation", ["La personne annule", "une heure trop tard", "une autre clé"])
def test_what_goes_wrong_there_ends_in_a_page_that_says_what_to_do(visit: Visit, situation: str) -> None:
    visitor = visit(device="phone")
    page = visitor.page
    page.goto("/connexion/")
    page.get_by_role("button", name=FAMILIES).click()
    page.get_by_text("Situations difficiles").click()
    page.get_by_role("button", name=situation).click()
    heading(page, "Vous n’êtes pas entré")
    expect(page.get_by_role("link", name="Recommencer")).to_be_visible()
    assert findings(page) == []
    visitor.faults[:] = [fault for fault in visitor.faults if fault != REFUSED]


@pytest.mark.parametrize("device", DEVICES)
def test_signing_out_here_is_signing_out_there(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    come(page, FAMILIES, "Inès Moreau")
    home(page, "Inès")
    page.goto("/connexion/externe/educonnect/")
    home(page, "Inès")
    page.evaluate("() => [...document.forms].find(form => form.action.endsWith('/deconnexion/')).submit()")
    expect(page.locator("#contenu")).to_contain_text("par ÉduConnect aussi")
    assert findings(page) == []
    page.goto("/connexion/externe/educonnect/")
    expect(page.locator("h1")).to_have_text("Entrer comme…")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_provider_that_takes_forms_only_is_signed_out_of_by_a_form(visit: Visit, scripts: bool) -> None:
    page = visit(device="phone", java_script_enabled=scripts).page

    def go_on(name: str) -> None:
        """Without scripts, by the button of the page that would have sent itself."""
        if not scripts:
            page.get_by_role("button", name=name).click()

    come(page, "Enseignement agricole", "Karim Benali")
    go_on("Continuer")
    home(page, "Karim")
    page.goto("/plus/")
    page.get_by_role("button", name="Se déconnecter").click()
    go_on("Se déconnecter de le compte Agriculture")
    go_on("Continuer")
    expect(page.locator("#contenu")).to_contain_text("par le compte Agriculture aussi")
    page.goto("/connexion/externe/agriculture/")
    expect(page.locator("h1")).to_have_text("Entrer comme…")


def test_signing_out_there_is_signing_out_here(visit: Visit) -> None:
    page = visit().page
    come(page, FAMILIES, "Inès Moreau")
    home(page, "Inès")
    other = page.context.new_page()
    other.goto("/connexion/externe/educonnect/?pour=preuve&next=/mon-compte/")
    sandbox = other.url.partition("/educonnect/")[0]
    other.goto(f"{sandbox}/educonnect/")
    other.get_by_role("link", name="Se déconnecter partout").click()
    expect(other.locator("h1")).to_have_text("Déconnecté partout")
    page.goto("/")
    heading(page, "Qui êtes-vous")


@pytest.mark.parametrize("device", DEVICES)
def test_the_card_taken_last_comes_first_on_this_device(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    page.goto("/connexion/")
    page.get_by_role("button", name=STAFF).click()
    expect(page.locator("h1")).to_have_text("Entrer comme…")
    page.goto("/connexion/")
    expect(page.locator("button.ent-choice").first).to_contain_text(STAFF)
    page.get_by_label("Retenir mon choix sur cet appareil").uncheck()
    page.get_by_role("button", name=STAFF).click()
    expect(page.locator("h1")).to_have_text("Entrer comme…")
    page.goto("/connexion/")
    expect(page.locator("button.ent-choice").first).to_contain_text(FAMILIES)
