"""An apprentice: the paper of the CFA, a question beside it, and from then on their own way back in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ent.core.templatetags.ent import MONTHS
from tests.browser.axe import findings
from tests.browser.conftest import Visitor, home

Visit = Callable[..., Visitor]
OWN = "Fournil-4h-du-matin!"


def heading(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_contain_text(text)
    assert findings(page) == []


def handed_by_the_cfa(visit: Visit) -> tuple[str, str]:
    """The identifier and the code of Lucas, as the region makes them while it stands in for the CFA."""
    page = visit("region").page
    page.get_by_role("link", name="Établissements").first.click()
    page.get_by_role("link", name="Ouvrir un accès : CFA des Deux-Rives").click()
    page.get_by_label("Raison").fill("Le CFA n’a pas encore de correspondant")
    page.locator("#contenu form button.btn-primary").click()
    page.goto("/administration/activation/")
    page.get_by_label("Choisir CAP 2 boulanger A").check()
    page.get_by_role("button", name="Réémettre").click()
    heading(page, "Fiches, CAP 2 boulanger A")
    expect(page.locator("#contenu")).to_contain_text("Les nouvelles valent 2 jours.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Les emporter en CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    line = next(line for line in lines if line.startswith("Perrin;Lucas"))
    page.get_by_role("button", name="Terminer l’accès").click()
    _last, _first, _place, identifier, code, _until = line.split(";")
    return identifier, code


def enter(page: Page, identifier: str, password: str) -> None:
    page.goto("/connexion/?avec=identifiant")
    page.get_by_label("Identifiant, ou courriel vérifié").fill(identifier)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_from_the_paper_to_the_home_page_and_to_ones_own_questions(visit: Visit) -> None:
    birth_date = born(visit)
    identifier, code = handed_by_the_cfa(visit)
    visitor = visit(device="phone")
    page = visitor.page
    enter(page, identifier, code)
    heading(page, "Une question pour vous")
    page.get_by_label("Votre date de naissance").fill("1999-01-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ce n’est pas la réponse attendue.").first).to_be_visible()
    assert "422" in visitor.faults.pop()
    page.get_by_label("Votre date de naissance").fill(birth_date)
    page.keyboard.press("Enter")
    heading(page, "Choisir mon mot de passe")
    page.get_by_label("Nouveau mot de passe").fill(OWN)
    page.keyboard.press("Enter")
    if "charte" in page.locator("h1").inner_text():
        page.get_by_label("J’ai lu cette charte").check()
        page.get_by_role("button", name="Continuer").click()
    heading(page, "Votre adresse personnelle")
    page.get_by_role("link", name="choisir des questions").click()
    heading(page, "Vos questions secrètes")
    page.get_by_label("Réponse à la première").fill("Pépin")
    page.get_by_label("Réponse à la seconde").fill("Rue de l’Écluse")
    page.keyboard.press("Enter")
    home(page, "Lucas")
    expect(page.get_by_text("Pour bien commencer")).to_be_visible()
    page.get_by_role("button", name="Plus tard").click()
    expect(page.get_by_text("Pour bien commencer")).to_be_hidden()


def born(visit: Visit) -> str:
    """As his own page says it."""
    page = visit("lucas-perrin").page
    page.goto("/mon-compte/")
    page.get_by_role("link", name="Ma fiche").click()
    found = page.locator("#contenu").inner_text()
    words = found.replace("\u00a0", " ").split()
    at = next(i for i, word in enumerate(words) if word in MONTHS and words[i + 1].isdigit())
    return f"{words[at + 1]}-{MONTHS.index(words[at]) + 1:02}-{int(words[at - 1].removesuffix('er')):02}"


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_the_first_steps_are_taken_one_by_one(visit: Visit, device: str) -> None:
    page = visit("thomas-moreau" if device == "phone" else "karim-benali", device).page
    home(page)
    expect(page.get_by_text("1 sur 4")).to_be_visible()
    page.get_by_role("link", name="Installer l’application").click()
    heading(page, "Installer l’application")
    page.get_by_role("button", name="C’est fait").click()
    expect(page.get_by_text("2 sur 4")).to_be_visible()
    page.get_by_role("link", name="Donner une adresse de récupération").click()
    heading(page, "Votre adresse personnelle")
    page.get_by_label("Votre courriel personnel").fill("parent@ailleurs.example")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Un courriel part à parent@ailleurs.example")).to_be_visible()
