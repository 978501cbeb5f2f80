"""Fixtures of the whole suite: the database as its owner builds it and as the service sees it, and the fixed cast."""

import os
from collections.abc import Generator, Iterator

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from ent.foundation.schools import scope
from ent.foundation.schools.ownership import as_owner

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, django_db_modify_db_settings):
    """Create and migrate the test database as the owner; every test then connects as the service."""
    with django_db_blocker.unblock():
        with as_owner():
            made = setup_databases(verbosity=0, interactive=False)
            name = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock(), as_owner():
        connection.settings_dict["NAME"] = name
        teardown_databases(made, verbosity=0)


@pytest.fixture
def everything(db) -> Iterator[None]:
    """The test body runs in the scope of system jobs: it sees and writes every school's rows."""
    with scope.use(scope.EVERYTHING):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Elsewhere a test without its browser or its provider is left aside; in CI it fails."""
    report = yield
    needs_more = item.get_closest_marker("browser") or item.get_closest_marker("peer")
    if report.skipped and needs_more and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI, where every test must run: {report.longrepr}"
    return report
