"""Makes the pictures of the README from a running demonstration: `python -m tests.browser.screenshot [ADDRESS]`."""

import sys
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, DEVICES, FLAGS, sign_in

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
# File, person, device, theme, page.
PICTURES: tuple[tuple[str, str, str, Literal["light", "dark"], str], ...] = (
    ("home", "anne-dupont", "desk", "light", "/"),
    ("child", "claire-moreau", "phone", "dark", "/"),
    ("accounts", "marc-tessier", "desk", "light", "/administration/comptes/"),
    ("import", "marc-tessier", "desk", "light", "/imports/3/"),
)


def main(address: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, person, device, theme, path in PICTURES:
            options: dict[str, Any] = {
                "locale": "fr-FR",
                "timezone_id": "Europe/Paris",
                "color_scheme": theme,
                **DEVICES[device],
            }
            page = browser.new_context(base_url=address, **options).new_page()
            sign_in(page, person)
            page.goto(path)
            page.evaluate("document.fonts.ready")
            page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://localhost:8000"]))
