"""The first time: a parent opens their account by the mail, a pupil by the paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.conftest import DEVICES, Product, Visitor, home
from tests.browser.outbox import letters

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("device", DEVICES)
def test_the_follow_up_leads_to_sheets_and_reminders(visit: Visit, device: str) -> None:
    page = visit("marc-tessier", device).page
    page.goto("/administration/comptes/")
    page.get_by_role("link", name="Suivre l’activation").click()
    expect(page.locator("h1")).to_have_text("Activation")
    assert findings(page) == []
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Fiches").click()
    expect(page.locator("h1")).to_contain_text("Fiches, ")
    assert findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Éditer les fiches").click()
    assert download.value.suggested_filename.endswith(".pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("device", DEVICES)
def test_a_parent_opens_their_account_by_the_mail(visit: Visit, product: Product, device: str) -> None:
    before = links(product)
    school = visit("marc-tessier").page
    school.goto("/administration/activation/")
    school.get_by_role("checkbox").nth(0 if device == "phone" else 1).check()
    school.get_by_role("button", name="Relancer").click()
    expect(school.get_by_text(re.compile("courriels? part"))).to_be_visible()
    for _second in range(60):
        fresh = [link for link in links(product) if link not in before]
        if fresh:
            break
        school.wait_for_timeout(1000)
    link = fresh[-1]
    visitor = visit(device=device)
    page = visitor.page
    page.goto(link)
    expect(page.locator("h1")).to_contain_text("Bienvenue, ")
    assert findings(page) == []
    page.get_by_label("Nouveau mot de passe").fill("Quai-12-pivoines")
    page.keyboard.press("Enter")
    home(page)
    page.context.clear_cookies()
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Ce lien n’est plus valable")
    assert findings(page) == []
    # The browser's own line on a link that is over.
    assert "410" in visitor.faults.pop()


def links(product: Product) -> list[str]:
    """Those of the mails that open an account, the oldest first."""
    found = (re.search(r"http://\S+/activation/\S+", letter.get_content()) for letter in letters(product))
    return [match.group(0) for match in found if match]


@pytest.mark.parametrize("device", DEVICES)
def test_the_pages_of_the_first_time_are_accessible(visit: Visit, device: str) -> None:
    page = visit(device=device).page
    for path in (
        "/premiere-connexion/",
        "/premiere-connexion/envoye/",
        "/mot-de-passe-oublie/",
        "/identifiant-oublie/",
    ):
        page.goto(path)
        assert findings(page) == [], path
