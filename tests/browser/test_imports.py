"""Importing as the region and as a school do: send, read what would change, decide, read the report."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from ent.demo import aaf
from ent.demo.apprenticeship import write_apprenticeships
from tests.browser.axe import findings
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

DAY = timezone.localdate() + timedelta(days=1)
Visit = Callable[..., Visitor]


def without_a_third_of_the_college(folder: Path) -> list[Path]:
    """The academie's complete files of the day after, in which pupils of the collège are missing."""
    aaf.write_complete(folder, day=DAY)
    [pupils] = folder.glob("*_Eleve_*.xml")
    rank = 0

    def drop(entry: re.Match[str]) -> str:
        nonlocal rank
        if "<identifier><id>2010" not in entry[0]:
            return entry[0]
        rank += 1
        return "" if rank > 100 and rank % 3 == 0 else entry[0]

    text = pupils.read_text(encoding="utf-8")
    pupils.write_text(re.sub(r"<addRequest>.*?</addRequest>", drop, text, flags=re.DOTALL), encoding="utf-8")
    return sorted(folder.glob("*.xml"))


def test_the_region_is_stopped_by_a_threshold_and_gives_its_reason(visit: Visit, tmp_path: Path) -> None:
    page = visit("region").page
    page.goto("/imports/")
    page.get_by_role("link", name="Importer l’annuaire").click()
    page.set_input_files("input[type=file]", without_a_third_of_the_college(tmp_path))
    page.get_by_role("button", name="Lire les fichiers").click()
    expect(page.get_by_role("heading", name="Votre décision")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Rien n’est encore écrit.")).to_be_visible()
    expect(page.get_by_role("button", name="Appliquer aux 3 autres")).to_be_visible()
    assert findings(page) == []
    page.get_by_label("Forcer aussi Collège des Bords-de-Loire").fill("Ouverture du collège voisin")
    page.get_by_role("button", name="Appliquer partout").press("Enter")
    expect(page.get_by_text("L’import est appliqué.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Ouverture du collège voisin")).to_be_visible()


# The demonstration has already imported its own contracts: those of other people come in.
@pytest.mark.parametrize(("device", "theme", "seed"), [("desk", "light", 2027), ("phone", "dark", 2028)])
def test_a_cfa_imports_its_contracts(visit: Visit, tmp_path: Path, device: str, theme: str, seed: int) -> None:
    page = visit("olivier-masson", device, color_scheme=theme).page
    page.goto("/imports/csv/")
    page.set_input_files("input[type=file]", write_apprenticeships(tmp_path, seed=seed, day=DAY))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Que donne chaque colonne")
    assert findings(page) == []
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_role("heading", name="Votre décision")).to_be_visible(timeout=60_000)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Appliquer", exact=True).click()
    expect(page.get_by_text("L’import est appliqué.")).to_be_visible(timeout=60_000)


def test_the_lines_are_filtered_in_place(visit: Visit) -> None:
    page = visit("marc-tessier").page
    page.goto("/imports/")
    page.locator("tbody a").last.click()
    page.locator("a.ent-chip", has_text="Créés").click()
    page.wait_for_url("**effet=cree")
    expect(page.locator("#champs a.ent-chip[aria-current]")).to_contain_text("Créés")
    assert page.locator("h1").count() == 1
