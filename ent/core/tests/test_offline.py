"""What a device keeps for when the network is gone."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import include, path

# The core alone: it knows none of the pages above it.
urlpatterns = [path("", include("ent.core.urls"))]
pytestmark = pytest.mark.urls(__name__)


def test_the_worker_keeps_the_offline_page_and_files_that_exist():
    script = Client().get("/service-worker.js")
    assert script["Content-Type"].startswith("text/javascript")
    kept = re.findall(r'"(/[^"]+)"', script.content.decode())
    assert "/hors-ligne/" in kept
    files = [address.removeprefix("/static/") for address in kept if address.startswith("/static/")]
    assert [name for name in files if finders.find(name) is None] == []


def test_everything_the_offline_page_is_drawn_with_is_kept():
    kept = Client().get("/service-worker.js").content.decode()
    page = Client().get("/hors-ligne/").content.decode()
    drawn_with = re.findall(r'(?:stylesheet" href|src)="(/static/[^"#]+)"', page) + re.findall(
        r'<use href="([^#"]+)#', page
    )
    assert drawn_with
    assert [address for address in drawn_with if address not in kept] == []


def test_the_offline_page_gives_a_lost_form_back():
    assert "data-ent-keeps-drafts" in Client().get("/hors-ligne/").content.decode()
