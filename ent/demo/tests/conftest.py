"""The demonstration of four schools, written once and read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from ent.demo.aaf import Manifest, write_complete, write_delta

DAY = date(2026, 11, 24)
Entry = dict[str, list[str]]


@dataclass(frozen=True)
class Written:
    """The files of an export, and its entries by entity of the file name, then by identifier."""

    manifest: Manifest
    entries: dict[str, dict[str, Entry]]
    requests: list[tuple[str, str, str, Entry]]

    def one(self, entity: str, **wanted: str) -> Entry:
        """The only entry whose attributes have those values."""
        found = [e for e in self.entries[entity].values() if all(e[k] == [v] for k, v in wanted.items())]
        assert len(found) == 1, f"{len(found)} entries with {wanted}"
        return found[0]


def _requests(path: Path) -> Iterator[tuple[str, str, str, Entry]]:
    entity = path.name.split("_")[-2]
    for request in etree.parse(path).getroot().iterchildren("*"):
        attributes = {
            a.get("name"): [v.text for v in a.findall("value") if v.text]
            for a in [*request.iterfind("attributes/attr"), *request.iterfind("modifications/modification")]
        }
        yield entity, request.tag, request.findtext("identifier/id"), attributes


def read_back(manifest: Manifest) -> Written:
    requests = [request for path in manifest.files for request in _requests(path)]
    entries: dict[str, dict[str, Entry]] = {}
    for entity, tag, id, attributes in requests:
        if tag == "addRequest":
            entries.setdefault(entity, {})[id] = attributes
    return Written(manifest, entries, requests)


@pytest.fixture(scope="session")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return read_back(write_complete(tmp_path_factory.mktemp("complete"), day=DAY))


@pytest.fixture(scope="session")
def delta(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return read_back(write_delta(tmp_path_factory.mktemp("delta"), day=date(2026, 11, 25)))
