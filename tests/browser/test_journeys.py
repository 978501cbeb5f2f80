"""What people come to do, from end to end, by touch, mouse and keyboard, with and without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ent.demo import aaf
from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Visitor, home, sign_in

FIRST_NAMES = {
    "ines-moreau": "Inès",
    "lucas-perrin": "Lucas",
    "claire-moreau": "Claire",
    "helene-fabre": "Hélène",
    "marie-hamel": "Marie",
    "julien-lemaire": "Julien",
    "anne-dupont": "Anne",
    "catherine-morel": "Catherine",
    "marc-tessier": "Marc",
    "michel-gaudin": "Michel",
    "bernard-couturier": "Bernard",
    "region": "Sylvie",
}
# An import waits for the worker, then reads five thousand people on a machine that may be busy.
IMPORT_MS = 120_000
TABBABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((e) => !e.disabled && e.type !== "hidden" && e.tabIndex >= 0
    && e.checkVisibility({ visibilityProperty: true })
    && !(e.closest("details:not([open])") && !e.matches("summary"))).length"""
# What has the focus: where in the page, in words, and whether one sees it on itself or on its row.
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const shown = (style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
    || style.boxShadow !== "none";
  const seen = shown(getComputedStyle(e)) || shown(getComputedStyle(e, "::after"));
  return { rank: [...document.querySelectorAll("*")].indexOf(e), words: e.outerHTML.slice(0, 120), seen };
}"""

Visit = Callable[..., Visitor]


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("h1")).to_have_text(text)


# --- coming in, finding ---


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("person", FIRST_NAMES)
def test_each_profile_enters_a_home_of_their_own_and_leaves(visit: Visit, person: str, device: str) -> None:
    page = visit(person, device).page
    heading(page, f"Bonjour {FIRST_NAMES[person]}")
    if device == "phone":
        page.get_by_role("link", name="Plus").click()
    else:
        page.locator("summary", has_text="Mon compte").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/connexion/")
    assert page.request.get("/annuaire/", max_redirects=0).status == 303


def test_results_come_as_one_types_and_open_by_the_mouse(visit: Visit) -> None:
    page = visit("julien-lemaire").page
    page.get_by_role("searchbox", name="Rechercher").press_sequentially("ines more", delay=40)
    page.locator("#suggestions").get_by_role("link", name="Inès Moreau").click()
    heading(page, "Inès Moreau")
    expect(page.locator("#contenu")).to_contain_text("Claire Moreau")


def test_results_open_by_the_keyboard_and_close_with_escape(visit: Visit) -> None:
    page = visit("julien-lemaire").page
    box = page.get_by_role("searchbox", name="Rechercher")
    box.focus()
    page.keyboard.type("helene fab")
    link = page.locator("#suggestions").get_by_role("link", name="Hélène Fabre")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value("helene fab")
    page.keyboard.type("r")
    expect(link).to_be_visible()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Hélène Fabre")


def test_someone_is_found_on_a_phone(visit: Visit) -> None:
    page = visit("claire-moreau", "phone").page
    page.get_by_role("link", name="Rechercher").click()
    page.get_by_role("searchbox").press_sequentially("malo", delay=40)
    page.locator("#trouves").get_by_role("link", name="Malo Moreau").tap()
    heading(page, "Malo Moreau")


# --- several children, several schools ---


@pytest.mark.parametrize("device", DEVICES)
def test_a_mother_passes_from_one_child_to_the_other(visit: Visit, device: str) -> None:
    page = visit("claire-moreau", device).page
    children = page.get_by_role("group", name="Enfant affiché")
    page.get_by_role("heading", name="Les enseignants d’Inès").wait_for()
    of_ines = page.locator(".ent-block", has_text="Les enseignants d’Inès").locator("li").all_inner_texts()
    children.get_by_role("button", name="Malo").click()
    page.get_by_role("heading", name="Les enseignants de Malo").wait_for()
    of_malo = page.locator(".ent-block", has_text="Les enseignants de Malo").locator("li").all_inner_texts()
    assert of_malo
    assert not set(of_ines) & set(of_malo)
    expect(children.get_by_role("button", name="Malo")).to_have_attribute("aria-current", "true")


def test_a_teacher_of_two_schools_who_is_a_mother_changes_place_and_profile(visit: Visit) -> None:
    page = visit("sandrine-keller").page
    switcher = page.locator(".ent-side details.ent-menu").first
    homes = {}
    for value in switcher.locator("button[name=choix]").evaluate_all("buttons => buttons.map(b => b.value)"):
        switcher.locator("summary").click()
        switcher.locator(f'button[value="{value}"]').click()
        page.wait_for_load_state()
        assert switcher.locator(f'button[value="{value}"]').get_attribute("aria-current") == "true"
        homes[page.locator(".ent-home").inner_text()] = page.locator(".ent-side > details summary").last.inner_text()
    assert len(homes) == 3
    assert len([face for face in homes.values() if "Enseignante" in face]) == 2
    assert len([face for face in homes.values() if "Responsable" in face]) == 1


# --- the region ---


def test_the_region_enters_a_school_with_a_reason_that_the_school_reads(visit: Visit) -> None:
    page = visit("region").page
    page.get_by_role("link", name="Établissements").first.click()
    page.get_by_role("link", name="Ouvrir un accès : Collège des Bords-de-Loire").click()
    page.get_by_label("Raison").fill("Classe introuvable, demande 412")
    page.locator("#contenu form button.btn-primary").click()
    visit_notice = page.get_by_role("complementary", name="Accès temporaire")
    expect(visit_notice).to_contain_text("Classe introuvable, demande 412")
    assert findings(page) == []
    page.get_by_role("link", name="Annuaire").first.click()
    expect(page.locator("#trouves")).to_contain_text("personnes")
    visit_notice.get_by_role("button", name="Terminer l’accès").click()
    expect(visit_notice).to_be_hidden()
    school = visit("isabelle-caron").page
    school.goto("/administration/delegations/")
    expect(school.locator("#contenu")).to_contain_text("Classe introuvable, demande 412")


# --- the correspondant ENT ---


def test_an_account_is_locked_then_reopened(visit: Visit) -> None:
    page = visit("marc-tessier").page
    open_account(page, "Malo", "Moreau")
    page.get_by_role("link", name="Bloquer le compte").click()
    page.get_by_label("Raison").fill("Téléphone perdu")
    page.locator("#contenu form button.btn-danger").click()
    expect(page.locator("#contenu")).to_contain_text("Compte bloqué le")
    expect(page.locator("#contenu")).to_contain_text("Téléphone perdu")
    assert findings(page) == []
    page.get_by_role("button", name="Rouvrir le compte").click()
    expect(page.get_by_role("link", name="Bloquer le compte")).to_be_visible()


def test_a_provisional_password_is_shown_once_and_must_be_changed(visit: Visit) -> None:
    page = visit("marc-tessier").page
    open_account(page, "Malo", "Moreau")
    page.locator("summary", has_text="Réinitialiser le mot de passe").click()
    page.locator("details.ent-confirm button", has_text="Réinitialiser le mot de passe").click()
    page.wait_for_url("**/fiche/")
    assert findings(page) == []
    identifier, password = page.locator(".ent-access dd").all_inner_texts()
    page.reload()
    expect(page.locator("#contenu")).to_contain_text("Cette fiche a déjà été affichée")
    assert password not in page.content()
    malo = visit(device="phone").page
    malo.goto("/connexion/")
    malo.get_by_role("button", name="Apprenti ou autre compte").click()
    malo.get_by_label("Identifiant").fill(identifier)
    malo.get_by_label("Mot de passe", exact=True).fill(password)
    malo.get_by_role("button", name="Se connecter", exact=True).click()
    heading(malo, "Choisir mon mot de passe")
    assert findings(malo) == []
    malo.goto("/annuaire/")
    heading(malo, "Choisir mon mot de passe")
    malo.locator("input[name=password]").fill("Loutre-vitrail-7-canal")
    malo.get_by_role("button", name="Enregistrer mon mot de passe").click()
    home(malo, "Malo")


def open_account(page: Page, first_name: str, last_name: str) -> None:
    page.goto(f"/administration/comptes/?q={first_name}+{last_name}")
    page.get_by_role("link", name=f"{last_name} {first_name}").click()
    heading(page, f"{first_name} {last_name}")


# --- imports ---


def test_the_region_brings_in_a_delta_and_each_school_reads_its_own_changes(visit: Visit, tmp_path: Path) -> None:
    # Later than whatever other tests brought in: older files would be refused.
    sent = aaf.write_delta(tmp_path, day=timezone.localdate() + timedelta(days=7), archive="zip").files
    page = visit("region").page
    page.goto("/imports/annuaire-academique/")
    page.locator("input[type=file]").set_input_files(sent)
    page.get_by_role("button", name="Lire les fichiers").click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    expect(page.locator("#contenu")).to_contain_text(
        re.compile("Rien n’est encore écrit|partiraient"), timeout=IMPORT_MS
    )
    expect(page.get_by_role("heading", name="Votre décision")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name=re.compile("^Appliquer")).first.click()
    expect(page.locator("#contenu")).to_contain_text("L’import est appliqué.", timeout=IMPORT_MS)
    assert findings(page) == []
    school = visit("marc-tessier").page
    school.goto(page.url)
    expect(school.locator("#champs table")).to_be_visible()
    assert findings(school) == []
    with school.expect_download() as download:
        school.get_by_role("link", name="Télécharger le rapport (CSV)").click()
    assert "Collège des Bords-de-Loire" in Path(download.value.path()).read_text("utf-8-sig")


# --- what goes wrong ---


def test_what_was_typed_comes_back_after_a_lost_session(visit: Visit) -> None:
    visitor = visit("marc-tessier")
    page = visitor.page
    page.goto("/administration/comptes/ajouter/")
    page.get_by_label("Prénom").fill("Noémie")
    page.locator("input[name=last_name]").fill("Delaunay")
    lose_session(visitor)
    page.get_by_role("button", name="Ajouter la personne").click()
    page.wait_for_url("**/connexion/**")
    expect(page.get_by_text("Ce que vous aviez écrit est gardé")).to_be_visible()
    sign_in(page, "marc-tessier")
    page.goto("/administration/comptes/ajouter/")
    expect(page.get_by_text("Ce que vous aviez écrit est revenu.")).to_be_visible()
    expect(page.get_by_label("Prénom")).to_have_value("Noémie")
    expect(page.locator("input[name=last_name]")).to_have_value("Delaunay")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/administration/comptes/?q=delaunay")
    expect(page.locator("#trouves")).not_to_contain_text("Delaunay Noémie")


def lose_session(visitor: Visitor) -> None:
    kept = [cookie for cookie in visitor.context.cookies() if "session" not in cookie["name"]]
    visitor.context.clear_cookies()
    visitor.context.add_cookies(kept)  # type: ignore[arg-type]


def test_a_double_click_adds_one_person(visit: Visit) -> None:
    page = visit("marc-tessier").page
    page.goto("/administration/comptes/ajouter/")
    page.get_by_label("Prénom").fill("Barnabé")
    page.locator("input[name=last_name]").fill("Quillet")
    page.get_by_label("Civilité").select_option(index=1)
    page.locator("select[name=profile]").select_option(index=1)
    page.get_by_role("button", name="Ajouter la personne").dblclick()
    page.wait_for_url(re.compile(r"/comptes/\d+/"))
    page.goto("/administration/comptes/?q=quillet")
    expect(page.locator("#trouves h2")).to_have_text(re.compile(r"^1\s+personne$"))


# --- without a script, without a mouse ---


@pytest.mark.parametrize("device", DEVICES)
def test_without_scripts_one_enters_switches_and_finds(visit: Visit, device: str) -> None:
    page = visit("claire-moreau", device, java_script_enabled=False).page
    page.get_by_role("button", name="Malo").click()
    expect(page.get_by_role("heading", name="Les enseignants de Malo")).to_be_visible()
    if device == "phone":
        page.get_by_role("link", name="Rechercher").click()
    box = page.get_by_role("searchbox").first
    box.fill("malo")
    box.press("Enter")
    page.locator("#trouves").get_by_role("link", name="Malo Moreau").click()
    heading(page, "Malo Moreau")


def test_without_scripts_the_school_is_changed_from_its_menu(visit: Visit) -> None:
    page = visit("sandrine-keller", java_script_enabled=False).page
    menu = page.locator(".ent-side details.ent-menu").first
    before = menu.locator("summary").inner_text()
    menu.locator("summary").click()
    menu.locator("button:not([aria-current])").first.click()
    expect(menu.locator("summary")).not_to_have_text(before)


def test_the_skip_link_is_first_and_leads_to_the_content(visit: Visit) -> None:
    page = visit("julien-lemaire").page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_a_menu_opens_with_enter_and_closes_with_escape(visit: Visit) -> None:
    page = visit("sandrine-keller").page
    menu = page.locator(".ent-side details.ent-menu").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    expect(menu.locator("button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("", "/connexion/"),
        ("claire-moreau", "/"),
        ("julien-lemaire", "/annuaire/?q=moreau"),
        ("marc-tessier", "/administration/comptes/ajouter/"),
        ("marc-tessier", "/administration/delegations/"),
        ("region", "/imports/annuaire-academique/"),
    ],
)
def test_the_tab_key_goes_everywhere_is_seen_and_comes_out(visit: Visit, person: str, path: str) -> None:
    page = visit(person).page
    page.goto(path)
    expected, before = page.evaluate(TABBABLE), None
    reached: dict[int, Any] = {}
    for _press in range(2 * expected):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        # A field of dates has several stops: day, month, year, calendar.
        if focused is None or (focused["rank"] in reached and focused["rank"] != before):
            break
        before = focused["rank"]
        reached.setdefault(before, focused)
    assert len(reached) == expected
    assert [focused["words"] for focused in reached.values() if not focused["seen"]] == []
