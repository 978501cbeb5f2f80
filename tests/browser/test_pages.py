"""Each kind of person opens their pages on a phone and a desk, light and dark: no finding, no error, no way out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Visitor

EVERYONE = ("/plus/", "/notifications/")
ACCOUNT = ("/mon-compte/", "/mon-compte/notifications/", "/mon-compte/appareils/", "/mon-compte/mot-de-passe/")
PEOPLE = {
    "ines-moreau": (*EVERYONE, *ACCOUNT),
    "claire-moreau": EVERYONE,
    "helene-fabre": EVERYONE,
    "julien-lemaire": (*EVERYONE, "/annuaire/?q=zzzz", "/classes/?vue=groupes", "/recherche/?q=zzzz"),
    "anne-dupont": (*EVERYONE, "/administration/delegations/donner/", "/recherche/?q=moreau"),
    "marc-tessier": (
        "/administration/comptes/?q=zzzz",
        "/administration/comptes/ajouter/",
        "/administration/reglages/periodes/",
        "/administration/reglages/espace/",
        "/administration/reglages/calendrier/",
        "/administration/reglages/calendrier/ajouter/",
        "/administration/annee/",
        "/imports/csv/",
    ),
    "lucas-perrin": EVERYONE,
    "bernard-couturier": EVERYONE,
    "region": (
        "/administration/etablissements/?q=zzzz",
        "/administration/etablissements/espace/",
        "/administration/etablissements/espace/?q=zzzz",
        "/administration/etablissements/calendrier/",
        "/administration/etablissements/calendrier/ajouter/",
        "/administration/etablissements/annees/",
        "/administration/delegations/equipe-regionale/ajouter/",
        "/imports/annuaire-academique/",
        "/administration/identites/ajouter/",
        "/administration/chartes/eleves/",
        "/administration/identites/educonnect/",
        "/recherche/?q=jeanne",
    ),
}
# Who opens which page, where the link to it is, and what it says.
DETAILS = {
    "claire-moreau": [
        ("/annuaire/?q=fabre", "Fabre Hélène"),
        ("/annuaire/?q=malo", "Moreau Malo"),
        ("/", "Inès Moreau"),
    ],
    "ines-moreau": [("/", "2de 4"), ("/annuaire/?q=fabre", "Fabre Hélène")],
    "julien-lemaire": [
        ("/annuaire/?q=ines+moreau", "Moreau Inès"),
        ("/annuaire/?q=claire+moreau", "Moreau Claire"),
        ("/annuaire/?q=julien+lemaire", "Lemaire Julien"),
        ("/classes/", "2de 4"),
        ("/classes/?vue=groupes", "1re spé maths 2"),
    ],
    "olivier-masson": [("/annuaire/?q=lucas+perrin", "Perrin Lucas"), ("/annuaire/?q=couturier", "Couturier Bernard")],
    "marc-tessier": [
        ("/administration/comptes/?q=claire+moreau", "Moreau Claire"),
        ("/administration/reglages/periodes/", "1er trimestre"),
        ("/imports/", "Import AAF"),
    ],
    "region": [
        ("/administration/etablissements/", "Lycée Jeanne-de-Touraine"),
        ("/administration/etablissements/", "Ouvrir un accès : Lycée Jeanne-de-Touraine"),
        ("/administration/etablissements/espace/", "Ajuster : Lycée Jeanne-de-Touraine"),
        ("/imports/", "Import AAF"),
    ],
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_of_the_menu_is_accessible(visit: Callable[..., Visitor], person: str, device: str) -> None:
    page = visit(person, device).page
    menu = page.locator("nav[aria-label='Menu principal'] a").evaluate_all("links => links.map(a => a.pathname)")
    for path in dict.fromkeys([*menu, *PEOPLE[person]]):
        assert opened(page, path) == [], path


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("person", DETAILS)
def test_what_the_lists_lead_to_is_accessible(visit: Callable[..., Visitor], person: str, device: str) -> None:
    page = visit(person, device).page
    for start, label in DETAILS[person]:
        page.goto(start)
        assert opened(page, href(page, label)) == [], label


@pytest.mark.parametrize("device", DEVICES)
def test_the_pages_of_strangers_are_accessible(visit: Callable[..., Visitor], device: str) -> None:
    page = visit(device=device).page
    for path in (
        "/connexion/",
        "/connexion/?avec=identifiant",
        "/connexion/sans-acces/",
        "/accessibilite/",
        "/donnees-personnelles/",
        "/mentions-legales/",
        "/hors-ligne/",
    ):
        assert opened(page, path) == [], path


def test_a_printed_list_is_accessible(visit: Callable[..., Visitor]) -> None:
    page = visit("julien-lemaire").page
    page.goto("/classes/")
    page.goto(href(page, "2de 4"))
    assert opened(page, href(page, "Liste à imprimer")) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_style_guide_is_accessible_in_the_theme_asked(visit: Callable[..., Visitor], theme: str) -> None:
    page = visit().page
    assert opened(page, f"/style/?theme={theme}") == []
    assert page.locator("html").get_attribute("data-bs-theme") == theme


@pytest.mark.parametrize("device", DEVICES)
def test_a_refusal_is_a_page_like_another(visit: Callable[..., Visitor], device: str) -> None:
    visitor = visit("ines-moreau", device)
    refusals = {"/nulle-part/": 404, "/administration/comptes/": 403, "/changer/": 405}
    for path, status in refusals.items():
        answer = visitor.page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        assert findings(visitor.page) == [], path
        assert visitor.page.get_by_role("link", name="accueil").first.is_visible()
    # The browser's own line on each of them, and nothing else.
    said = [fault for fault in visitor.faults if fault.startswith("Failed to load resource")]
    assert len(said) == len(refusals)
    visitor.faults[:] = [fault for fault in visitor.faults if fault not in said]


def opened(page: Page, path: str) -> list[str]:
    """Open a page, which must answer, and say what is wrong with it."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    return findings(page)


def href(page: Page, label: str) -> str:
    """The address of the first link that says this."""
    address = page.get_by_role("link", name=label).first.evaluate("link => link.href")
    return str(address)
