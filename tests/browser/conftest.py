"""The whole product for a browser: a database of its own, the demonstration imported, web and worker running."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.axe import findings

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1440, "height": 900}}
DEVICES: dict[str, dict[str, Any]] = {"phone": PHONE, "desk": DESK}
START_S = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # First and in one process: they take as long as half of the others, which another process runs meanwhile.
    items.sort(key=lambda item: "tests/browser" not in str(item.path))
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium manque : voir « make test »"))


@dataclass(frozen=True)
class Product:
    """The running service and what it takes to run `ent` commands beside it."""

    url: str
    env: dict[str, str]

    def ent(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ent", *words],
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`ent migrate`, `ent demo`, `ent serve`, as a newcomer has them, on a free port and a database of its own."""
    name = f"ent_browser_{os.getpid()}"
    owner = os.environ["DATABASE_OWNER_URL"]
    with psycopg.connect(owner, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **os.environ,
        "ENT_MODE": "development",
        "ENT_VAR": str(tmp_path_factory.mktemp("var")),
        "DATABASE_URL": _database(os.environ["DATABASE_URL"], name),
        "DATABASE_OWNER_URL": _database(owner, name),
        "PORT": str(port),
    }
    env.pop("DJANGO_SETTINGS_MODULE", None)
    env.pop("ENT_POSTGRES_HOME", None)
    product = Product(f"http://localhost:{port}", env)
    product.ent("migrate")
    product.ent("demo", "--if-empty")
    with (tmp_path_factory.mktemp("log") / "serve.log").open("wb") as log:
        serving = subprocess.Popen(
            [sys.executable, "-m", "ent", "serve", "--port", str(port)],
            cwd=PROJECT,
            env=env,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(product.url + "/readyz", serving)
            yield product
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(timeout=60)
            with psycopg.connect(owner, autocommit=True) as server:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _wait(url: str, serving: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert serving.poll() is None, "the service stopped"
        try:
            if urllib.request.urlopen(url, timeout=5).status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the service did not become ready")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Gone with the last of these tests: Django's connection refuses to open under the event loop of the driver.
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@dataclass
class Visitor:
    """A browser context, and what went wrong in it."""

    context: BrowserContext
    page: Page
    faults: list[str]


def sign_in(page: Page, key: str) -> None:
    """Enter as somebody of the demonstration, by their button."""
    page.goto("/connexion/")
    button = page.locator(f'button[value="{key}"]')
    if not button.is_visible():
        page.locator("details.ent-more summary").click()
    button.click()
    page.wait_for_url("**/")


def home(page: Page, name: str = "") -> None:
    """The home page, by way of the charter and of one's contact details for whoever has not seen them yet."""
    title = page.locator("h1")
    expect(title).to_contain_text(re.compile("Bonjour|La charte|Vos coordonnées"))
    if "charte" in title.inner_text():
        assert findings(page) == []
        page.get_by_label("J’ai lu cette charte").check()
        page.get_by_role("button", name="Continuer").click()
        expect(title).to_contain_text(re.compile("Bonjour|Vos coordonnées"))
    if "coordonnées" in title.inner_text():
        assert findings(page) == []
        page.get_by_role("button", name="Tout est exact").click()
    expect(title).to_contain_text(f"Bonjour {name}")


@pytest.fixture
def visit(product: Product, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """`visit("claire-moreau", "phone")` is somebody's browser, signed in by one click; `visit()` a stranger's.

    At the end no page may have logged an error or asked anything of another machine.
    """
    visitors: list[Visitor] = []

    def open_as(key: str = "", device: str = "desk", **options: Any) -> Visitor:
        context = browser.new_context(
            base_url=product.url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",  # a colour on its way to another is no colour to measure
            **DEVICES[device],
            **options,
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        visitor = Visitor(context, page, [])
        visitors.append(visitor)
        page.on("console", lambda m: visitor.faults.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        # The service itself, and the sandbox of identity providers beside it.
        own = ("http://localhost:", "data:")
        page.on("request", lambda r: None if r.url.startswith(own) else visitor.faults.append(r.url))
        if key:
            sign_in(page, key)
        return visitor

    yield open_as
    for visitor in visitors:
        visitor.context.close()
    assert not [fault for visitor in visitors for fault in visitor.faults]
