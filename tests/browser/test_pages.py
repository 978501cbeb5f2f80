"""Each kind of person opens their pages on a phone and a desk, light and dark: no finding, no error, no way out."""

from collections.abc import Callable

import pytest

from tests.browser.axe import findings
from tests.browser.conftest import Visitor

PEOPLE = (
    "ines-moreau",
    "claire-moreau",
    "helene-fabre",
    "julien-lemaire",
    "anne-dupont",
    "marc-tessier",
    "lucas-perrin",
    "bernard-couturier",
    "region",
)
THEMES = ("light", "dark")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("device", ["phone", "desk"])
def test_the_sign_in_page_is_accessible(visit: Callable[..., Visitor], device: str, theme: str) -> None:
    page = visit(device=device, theme=theme).page
    page.goto("/connexion/")
    assert findings(page) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("device", ["phone", "desk"])
@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_of_the_menu_is_accessible(
    visit: Callable[..., Visitor], person: str, device: str, theme: str
) -> None:
    page = visit(person, device, theme).page
    links = page.locator("nav[aria-label='Menu principal'] a").evaluate_all("links => links.map(a => a.pathname)")
    for path in dict.fromkeys([*links, "/plus/", "/notifications/", "/mon-compte/", "/mon-compte/appareils/"]):
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, path
        assert findings(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} overflows by {wide} px"


def test_the_style_guide_is_accessible(visit: Callable[..., Visitor]) -> None:
    page = visit().page
    for theme in THEMES:
        page.goto(f"/style/?theme={theme}")
        assert findings(page) == []
