"""Staff set a second proof up and enter with it; whoever forgot their password comes back by the mail."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Product, Visitor, home
from tests.browser.outbox import letters

Visit = Callable[..., Visitor]
# Who gets a provisional password from Marie Hamel, on which device; each person serves once.
TEACHERS = {"phone": "Fabre Hélène", "desk": "Morel Catherine"}
OTHERS = {"phone": "Lemaire Julien", "desk": "Garnier Paul"}


REFUSED = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"


def heading(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_have_text(text)
    assert findings(page) == [], text


def handed_over(visit: Visit, name: str) -> tuple[str, str]:
    """The identifier and the provisional password that the correspondant of the lycée hands over."""
    page = visit("marie-hamel").page
    page.goto("/administration/comptes/?q=" + name.replace(" ", "+"))
    page.get_by_role("link", name=name).first.click()
    page.locator("summary", has_text="Réinitialiser le mot de passe").click()
    page.get_by_role("button", name="Réinitialiser le mot de passe").click()
    identifier, password = page.locator(".ent-access dd").all_inner_texts()
    return identifier, password


def enter(page: Page, identifier: str, password: str) -> None:
    page.goto("/connexion/")
    page.get_by_role("button", name="Apprenti ou autre compte").click()
    page.get_by_label("Identifiant").fill(identifier)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()


def put_codes_away(page: Page) -> list[str]:
    heading(page, "Gardez vos codes de secours")
    codes = page.locator(".ent-codes li").all_inner_texts()
    page.get_by_label("Je les ai mis en lieu sûr").check()
    page.get_by_role("button", name="Terminer").click()
    home(page)
    return codes


def with_virtual_key(visitor: Visitor) -> None:
    """The browser has a device that reads a finger, as a telephone does."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize("device", DEVICES)
def test_from_the_paper_sheet_to_the_home_by_a_passkey_then_by_it_alone(visit: Visit, device: str) -> None:
    identifier, password = handed_over(visit, TEACHERS[device])
    visitor = visit(device=device)
    page = visitor.page
    with_virtual_key(visitor)
    enter(page, identifier, password)
    heading(page, "Choisir mon mot de passe")
    page.get_by_label("Nouveau mot de passe").fill("Trois-hiboux-7")
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    heading(page, "Protégez votre compte")
    page.get_by_role("button", name="Continuer").click()
    heading(page, "Créez votre clé d’accès")
    page.get_by_role("button", name="Créer ma clé d’accès").click()
    put_codes_away(page)
    page.goto("/mon-compte/seconde-preuve/")
    heading(page, "Ma seconde preuve")
    page.context.clear_cookies()
    page.goto("/connexion/cle/")
    heading(page, "Entrer avec une clé d’accès")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    home(page)


@pytest.mark.parametrize("device", DEVICES)
def test_by_an_application_then_by_a_recovery_code(visit: Visit, device: str) -> None:
    identifier, password = handed_over(visit, OTHERS[device])
    visitor = visit(device=device)
    page = visitor.page
    enter(page, identifier, password)
    page.get_by_label("Nouveau mot de passe").fill("Trois-hiboux-7")
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    page.get_by_text("Application", exact=True).click()
    page.get_by_role("button", name="Continuer").click()
    heading(page, "Reliez votre application")
    page.get_by_role("button", name="Afficher le code à viser").click()
    heading(page, "Reliez votre application")
    secret = page.locator(".ent-key").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    codes = put_codes_away(page)
    page.context.clear_cookies()
    enter(page, identifier, "Trois-hiboux-7")
    heading(page, "Votre seconde preuve")
    page.get_by_label("Code à six chiffres").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
    assert findings(page) == []
    # The browser's own line on a form that was refused, and nothing else.
    assert [visitor.faults.pop()] == [REFUSED]
    page.get_by_label("Code à six chiffres").fill(codes[0])
    page.keyboard.press("Enter")
    home(page)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_forgotten_password_comes_back_by_the_mail(
    visit: Visit, product: Product, device: str, scripts: bool
) -> None:
    people = {("phone", True): 0, ("phone", False): 1, ("desk", True): 2, ("desk", False): 3}
    guardian = activated_guardians(visit)[people[device, scripts]]
    page = visit(device=device, java_script_enabled=scripts).page
    page.goto("/connexion/")
    page.get_by_role("link", name="Mot de passe oublié").click()
    expect(page.locator("h1")).to_have_text("Mot de passe oublié")
    page.get_by_label("Votre identifiant ou votre courriel").fill(guardian)
    page.get_by_role("button", name="Recevoir un lien").click()
    expect(page.locator("h1")).to_have_text("Regardez vos courriels")
    page.goto(link_for(product, guardian, page))
    expect(page.locator("h1")).to_have_text("Choisissez votre mot de passe")
    if scripts:
        assert findings(page) == []
    page.get_by_label("Nouveau mot de passe").fill("Trois-hiboux-7")
    page.keyboard.press("Enter")
    home(page)


def activated_guardians(visit: Visit) -> list[str]:
    """The identifiers of a few parents of the lycée who have activated their account, Claire Moreau left out."""
    page = visit("marie-hamel").page
    page.goto("/administration/comptes/?profil=responsable&etat=actifs")
    links = page.locator("main tbody a, main .ent-rows a").evaluate_all("list => list.map((a) => a.href)")
    found: list[str] = []
    for address in dict.fromkeys(link for link in links if re.search(r"/comptes/\d+/$", link)):
        page.goto(address)
        if page.get_by_text("@").count() and len(found) < 4:
            found.append(page.locator("dl dd b").first.inner_text())
        if len(found) == 4:
            break
    return found


def link_for(product: Product, identifier: str, page: Page) -> str:
    """The link of the mail that names this identifier, once the worker has posted it."""
    for _second in range(60):
        for letter in reversed(letters(product)):
            body = letter.get_content()
            found = re.search(r"http://\S+/mot-de-passe-oublie/\S+", body)
            if found and f"{identifier}\n" in body:
                return found.group(0)
        page.wait_for_timeout(1000)
    raise AssertionError("no mail came")
