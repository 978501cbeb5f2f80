"""The files have the form of real AAF files, and hold together."""

from __future__ import annotations

import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from ent.demo.aaf import write_complete, write_delta
from ent.demo.names import DATA
from ent.demo.tests.conftest import DAY, Written, read_back


def parts(values: list[str], form: int) -> list[list[str]]:
    """The pieces of « $ » values, each checked to have that many."""
    split = [value.split("$") for value in values]
    assert all(len(pieces) == form for pieces in split), values
    return split


def test_files_bear_the_names_that_aaf_gives(complete: Written) -> None:
    assert sorted(path.name for path in complete.manifest.files) == [
        "ENT2D_Complet_20261124_Eleve_0000.xml",
        "ENT2D_Complet_20261124_EtabEducNat_0000.xml",
        "ENT2D_Complet_20261124_MatiereEducNat_0000.xml",
        "ENT2D_Complet_20261124_MefEducNat_0000.xml",
        "ENT2D_Complet_20261124_PersEducNat_0000.xml",
        "ENT2D_Complet_20261124_PersRelEleve_0000.xml",
    ]


def test_every_file_is_valid_against_the_dtd(complete: Written, delta: Written) -> None:
    dtd = etree.DTD(str(DATA / "ficAlimMENESR.dtd"))
    for path in [*complete.manifest.files, *delta.manifest.files]:
        assert dtd.validate(etree.parse(path)), f"{path.name}: {dtd.error_log}"


def test_the_header_tells_version_academy_and_day(complete: Written) -> None:
    head = complete.manifest.files[0].read_text(encoding="utf-8")[:600]
    assert 'versionAF="AAF-VE2407"' in head
    assert 'codeAcademieExport="18"' in head
    assert 'dateGenerationExport="24/11/2026"' in head


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(complete: Written, tmp_path: Path) -> None:
    again = write_complete(tmp_path / "again", day=DAY)
    other = write_complete(tmp_path / "other", day=DAY, seed=7)
    first = [path.read_bytes() for path in complete.manifest.files]
    assert [path.read_bytes() for path in again.files] == first
    assert [path.read_bytes() for path in other.files] != first


def test_no_identifier_comes_twice_and_the_manifest_counts_them(complete: Written) -> None:
    ids = [(entity, id) for entity, _, id, _ in complete.requests]
    assert len(ids) == len(set(ids))
    assert {entity: len(entries) for entity, entries in complete.entries.items()} == complete.manifest.counts
    people = [id for entity, id in ids if entity in ("Eleve", "PersRelEleve", "PersEducNat")]
    assert len(people) == len(set(people)) == complete.manifest.people


def test_pupils_and_guardians_point_at_each_other(complete: Written) -> None:
    from_pupils = {
        (id, link[0])
        for id, pupil in complete.entries["Eleve"].items()
        for link in parts(pupil["ENTElevePersRelEleve"], 6)
    }
    from_guardians = {
        (child, id)
        for id, guardian in complete.entries["PersRelEleve"].items()
        for child in guardian["ENTAuxPersRelEleveEleve"]
    }
    assert from_pupils == from_guardians
    assert {guardian for _, guardian in from_pupils} == set(complete.entries["PersRelEleve"])


def test_divisions_groups_studies_and_subjects_used_are_all_described(complete: Written) -> None:
    schools = complete.entries["EtabEducNat"]
    divisions = {f"{id}${v.split('$')[0]}" for id, s in schools.items() for v in s["ENTStructureClasses"]}
    groups = {f"{id}${v.split('$')[0]}" for id, s in schools.items() for v in s["ENTStructureGroupes"]}
    mefs, subjects = set(complete.entries["MefEducNat"]), set(complete.entries["MatiereEducNat"])
    for pupil in complete.entries["Eleve"].values():
        assert set(pupil["ENTEleveClasses"]) <= divisions
        assert set(pupil["ENTEleveGroupes"]) <= groups
        assert set(pupil["ENTEleveMEF"]) <= mefs
        assert set(pupil["ENTEleveCodeEnseignements"]) <= subjects
        assert set(pupil["ENTPersonStructRattach"]) <= set(schools)
    for person in complete.entries["PersEducNat"].values():
        assert {p[0] for p in parts(person["ENTPersonFonctions"], 5)} <= set(schools)
        assert {p[0] for p in parts(person["ENTEnsFonctionDir"], 2)} <= set(schools)
        assert {"$".join(p[:2]) for p in parts(person["ENTAuxEnsClassesMatieres"], 3)} <= divisions
        assert {"$".join(p[:2]) for p in parts(person["ENTAuxEnsGroupesMatieres"], 3)} <= groups
        assert set(person["ENTAuxEnsClassesPrincipal"]) <= divisions
        assert {p[1] for p in parts(person["ENTAuxEnsMEF"], 3)} <= mefs
    for id, school in schools.items():
        for value in school["ENTStructureGroupes"]:
            assert {f"{id}${code}" for code in value.split("$")[2:]} <= divisions


def test_each_division_is_not_empty_has_one_head_teacher_and_is_taught(complete: Written) -> None:
    divisions = {
        f"{id}${value.split('$')[0]}"
        for id, school in complete.entries["EtabEducNat"].items()
        for value in school["ENTStructureClasses"]
    }
    staff = complete.entries["PersEducNat"].values()
    heads = [value for person in staff for value in person["ENTAuxEnsClassesPrincipal"]]
    assert sorted(heads) == sorted(divisions)
    assert {value for person in staff for value in person["ENTAuxEnsClasses"]} == divisions
    assert {value for pupil in complete.entries["Eleve"].values() for value in pupil["ENTEleveClasses"]} == divisions


def test_addresses_and_phones_reach_nobody(complete: Written) -> None:
    for entity in ("Eleve", "PersRelEleve", "PersEducNat"):
        for entry in complete.entries[entity].values():
            assert all(mail.endswith(".example") for mail in entry["mail"])
            for attribute in ("homePhone", "telephoneNumber", "mobile", "ENTPersonMobileSMS"):
                assert all(v.startswith(("+33 2 61 91 ", "+33 6 39 98 ")) for v in entry.get(attribute, []))


def test_no_two_guardians_share_an_address_of_messaging_and_some_have_none(complete: Written) -> None:
    mails = [mail for g in complete.entries["PersRelEleve"].values() for mail in g["mail"]]
    assert len(mails) == len(set(mails))
    assert 0.75 < len(mails) / len(complete.entries["PersRelEleve"]) < 0.95
    staff = [mail for p in complete.entries["PersEducNat"].values() for mail in p["mail"]]
    assert len(staff) == len(set(staff)) == len(complete.entries["PersEducNat"])


def test_latin_9_says_the_same_as_utf_8(complete: Written, tmp_path: Path) -> None:
    latin = write_complete(tmp_path, day=DAY, encoding="ISO-8859-15")
    assert b'encoding="ISO-8859-15"' in latin.files[0].read_bytes()[:80]
    assert read_back(latin).entries == complete.entries


def test_a_full_file_is_followed_by_the_next_number(complete: Written, tmp_path: Path) -> None:
    chunked = write_complete(tmp_path, day=DAY, chunk=1000)
    pupils = [path.name for path in chunked.files if "_Eleve_" in path.name]
    assert pupils == [f"ENT2D_Complet_20261124_Eleve_{n:04d}.xml" for n in range(3)]
    assert read_back(chunked).entries == complete.entries


@pytest.mark.parametrize("kind", ["tgz", "zip"])
def test_an_archive_holds_the_same_files_and_the_same_bytes_twice(complete: Written, tmp_path: Path, kind: str) -> None:
    first = write_complete(tmp_path / "first", day=DAY, archive=kind)  # type: ignore[arg-type]
    second = write_complete(tmp_path / "second", day=DAY, archive=kind)  # type: ignore[arg-type]
    [archive] = first.files
    assert archive.name == f"ENT2D.20261124.Complet.{kind}"
    assert list(archive.parent.iterdir()) == [archive]
    assert archive.read_bytes() == second.files[0].read_bytes()
    out = tmp_path / "out"
    if kind == "zip":
        with zipfile.ZipFile(archive) as packed_zip:
            packed_zip.extractall(out)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(out, filter="data")
    for path in complete.manifest.files:
        assert (out / path.name).read_bytes() == path.read_bytes()


def test_a_delta_touches_one_person_in_a_hundred_with_every_kind_of_request(delta: Written, complete: Written) -> None:
    changed = {(entity, id) for entity, _, id, _ in delta.requests}
    assert 0.005 < len(changed) / complete.manifest.people < 0.03
    assert set(delta.manifest.requests) == {"addRequest", "modifyRequest", "deleteRequest"}
    assert sum(delta.manifest.requests.values()) == sum(delta.manifest.counts.values())


def test_a_delta_applies_to_the_complete_files(delta: Written, complete: Written) -> None:
    """What it modifies or deletes exists, what it adds does not, and after it every guardian named is there."""
    state = {entity: dict(entries) for entity, entries in complete.entries.items()}
    for entity, tag, id, attributes in delta.requests:
        assert (id in state[entity]) is (tag != "addRequest"), (entity, tag, id)
        if tag == "deleteRequest":
            del state[entity][id]
        elif tag == "modifyRequest":
            assert set(attributes) <= set(state[entity][id])
            state[entity][id] = state[entity][id] | attributes
        else:
            state[entity][id] = attributes
    named = {v.split("$")[0] for pupil in state["Eleve"].values() for v in pupil["ENTElevePersRelEleve"]}
    assert named == set(state["PersRelEleve"])
    children = {child for g in state["PersRelEleve"].values() for child in g["ENTAuxPersRelEleveEleve"]}
    assert children <= set(state["Eleve"])


def test_a_delta_clears_with_empty_values(delta: Written) -> None:
    cleared = {name for _, tag, _, a in delta.requests if tag == "modifyRequest" for name, v in a.items() if not v}
    assert {"ENTEleveMEF", "mobile", "ENTPersonMobileSMS", "mail", "ENTAuxEnsClassesPrincipal"} <= cleared


def test_a_delta_tells_what_the_pictures_of_the_import_show(delta: Written, complete: Written) -> None:
    def of(entity: str, **wanted: str) -> list[tuple[str, dict[str, list[str]]]]:
        id = complete.one(entity, **wanted)["ENTPersonJointure"][0]
        return [(tag, attributes) for e, tag, i, attributes in delta.requests if (e, i) == (entity, id)]

    [(_, malo)] = of("Eleve", sn="MOREAU", givenName="Malo")
    assert malo["ENTEleveGroupes"] == ["1001$5ALLE1"]
    [(_, claire)] = of("PersRelEleve", sn="MOREAU", givenName="Claire")
    assert claire["ENTPersonAdresse"] == ["4 quai d'Orléans$$$"]
    assert of("Eleve", sn="BENHAMOU", givenName="Ilyes") == [("deleteRequest", {})]
    assert delta.one("Eleve", sn="BARREAU", givenName="Soline")["ENTEleveClasses"] == ["1001$4EC"]


def test_a_delta_of_a_later_day_speaks_of_the_same_people(complete: Written, tmp_path: Path) -> None:
    later = read_back(write_delta(tmp_path, day=date(2027, 6, 1)))
    known = {(entity, id) for entity, tag, id, _ in later.requests if tag != "addRequest"}
    assert known <= {(entity, id) for entity, entries in complete.entries.items() for id in entries}
