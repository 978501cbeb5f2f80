"""AAF files are found wherever they come from, in load order; dishonest archives are refused in a sentence."""

import gzip
import io
import stat
import tarfile
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ent.directory.imports.aaf.archives import Limits
from ent.directory.imports.aaf.reader import AafReader
from ent.directory.imports.aaf.sources import Entity, Kind, find_sources
from ent.directory.imports.problems import SourceRefused
from ent.directory.tests.aaf_text import INES, document

PUPILS = "ENT_Complet_20261124_Eleve_0000.xml"
CONTENT = document(INES)
ALL = [
    "ENT_Complet_20261124_EtabEducNat_0000.xml",
    "ENT_Complet_20261124_MefEducNat_0000.xml",
    "ENT_Complet_20261124_MatiereEducNat_0000.xml",
    "ENT_Complet_20261124_PersRelEleve_0000.xml",
    "ENT_Complet_20261124_PersRelEleve_0001.xml",
    PUPILS,
    "ENT_Complet_20261124_PersEducNat_0000.xml",
]


def folder_of(path, names, content=CONTENT):
    path.mkdir(parents=True, exist_ok=True)
    for name in names:
        (path / name).write_bytes(content)
    return path


def tgz_of(path, names, content=CONTENT):
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def zip_of(path, names, content=CONTENT):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def tgz_with(path, member, content=b""):
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(content))
    return path


def refusal(*paths, **options):
    with pytest.raises(SourceRefused) as refused:
        find_sources(paths, **options)
    return refused.value.sentence.replace("\u00a0", " ")


def names(*paths, **options):
    with find_sources(paths, **options) as sources:
        return [file.name for file in sources.files]


# --- Found, in load order


@pytest.mark.parametrize("store", [folder_of, tgz_of, zip_of])
def test_the_files_come_in_load_order_and_can_be_read(tmp_path, store):
    suffix = {folder_of: "dossier", tgz_of: "ENT2DVA.20261124.tgz", zip_of: "aaf.zip"}[store]
    given = store(tmp_path / suffix, sorted(ALL))
    with find_sources([given]) as sources:
        assert [file.name for file in sources.files] == ALL
        assert sources.anomalies == []
        assert (sources.kind, sources.days) == (Kind.COMPLETE, [date(2026, 11, 24)])
        for file in sources.files:
            with sources.open(file) as stream:
                assert stream.read() == CONTENT


@pytest.mark.parametrize("archive", ["aaf.tgz", "aaf.tar.gz", "AAF.TGZ", "aaf.zip", "AAF.ZIP"])
def test_the_reader_reads_straight_from_an_archive_and_nothing_is_written(tmp_path, archive):
    store = zip_of if archive.lower().endswith("zip") else tgz_of
    store(tmp_path / archive, [f"orleans/{PUPILS}"])
    with find_sources([tmp_path]) as sources, sources.open(sources.files[0]) as stream:
        assert [record.id for record in AafReader(stream, PUPILS, sources.anomalies)] == ["2001"]
    assert [path.name for path in tmp_path.rglob("*")] == [archive]


def test_a_tgz_can_be_read_twice_and_in_any_order(tmp_path):
    with find_sources([tgz_of(tmp_path / "aaf.tgz", ALL)]) as sources:
        for file in [*reversed(sources.files), *sources.files]:
            with sources.open(file) as stream:
                assert stream.read(32) == CONTENT[:32]


def test_files_and_archives_are_found_in_depth(tmp_path):
    folder_of(tmp_path / "depot" / "un", ALL[:3])
    zip_of(tmp_path / "depot" / "deux.zip", ALL[3:])
    assert names(tmp_path) == ALL


def test_single_files_may_be_given(tmp_path):
    folder_of(tmp_path, ALL)
    assert names(tmp_path / ALL[5], str(tmp_path / ALL[0])) == [ALL[0], ALL[5]]


@pytest.mark.parametrize(
    ("name", "prefix", "kind", "day", "entity", "uai"),
    [
        (PUPILS, "ENT", Kind.COMPLETE, date(2026, 11, 24), Entity.PUPIL, ""),
        ("ENT2DVA-ENT16_Complet_20240916_PersEducNat_0000.xml", "ENT2DVA-ENT16", Kind.COMPLETE, date(2024, 9, 16),
         Entity.STAFF, ""),
        ("ENT_0379901L_Complet_20261124_Eleve_0000.xml", "ENT_0379901L", Kind.COMPLETE, date(2026, 11, 24),
         Entity.PUPIL, "0379901L"),
        ("ENT_0379901l_Delta_20261124_EtabEducNat_0000.xml", "ENT_0379901l", Kind.DELTA, date(2026, 11, 24),
         Entity.SCHOOL, "0379901L"),
        ("ENT_Complet_Eleve_0000.xml", "ENT", Kind.COMPLETE, None, Entity.PUPIL, ""),
        ("ENT_IT_Complet_MatEducNat_0001.xml", "ENT_IT", Kind.COMPLETE, None, Entity.SUBJECT, ""),
        ("ent_complet_20261124_PERSRELELEVE_0000.XML", "ent", Kind.COMPLETE, date(2026, 11, 24), Entity.GUARDIAN, ""),
    ],
)  # fmt: skip
def test_each_form_of_name_is_understood(tmp_path, name, prefix, kind, day, entity, uai):
    with find_sources([folder_of(tmp_path, [name])]) as sources:
        [file] = sources.files
    assert (file.prefix, file.kind, file.day, file.entity, file.uai) == (prefix, kind, day, entity, uai)


# --- Set aside, with a word


@pytest.mark.parametrize(
    "name",
    [
        "ElevesSansAdresses.xml",
        "ENT_Complet_20261340_Eleve_0000.xml",
        "ENT_Complet_20261124_Martien_0000.xml",
        "ENT_Complet_20261124_Eleve_0000.xml.bak",
        "._ENT_Complet_20261124_Eleve_0000.xml",
        "lisez-moi.txt",
    ],
)
@pytest.mark.parametrize("store", [folder_of, zip_of])
def test_a_name_that_is_not_of_aaf_is_reported_and_the_rest_found(tmp_path, name, store):
    given = store(tmp_path / ("a.zip" if store is zip_of else "a"), [name, PUPILS])
    with find_sources([given]) as sources:
        assert [file.name for file in sources.files] == [PUPILS]
    assert [anomaly.file for anomaly in sources.anomalies] == [name]
    assert "AAF" in sources.anomalies[0].sentence


def test_the_dtd_and_the_litter_of_desktops_are_passed_over_in_silence(tmp_path):
    zip_of(tmp_path / "a.zip", [PUPILS, "ficAlimMENESR.dtd", ".DS_Store", f"__MACOSX/._{PUPILS}"])
    with find_sources([tmp_path]) as sources:
        assert (len(sources.files), sources.anomalies) == (1, [])


@pytest.mark.parametrize("inner", ["dedans.zip", "dedans.tgz", "dedans.tar.gz", "dedans.7z"])
def test_an_archive_in_an_archive_is_reported_and_not_opened(tmp_path, inner):
    with find_sources([zip_of(tmp_path / "a.zip", [PUPILS, inner])]) as sources:
        assert len(sources.files) == 1
    assert "archive dans une archive" in sources.anomalies[0].sentence


def test_a_link_in_a_folder_is_reported_and_not_followed(tmp_path):
    outside = folder_of(tmp_path / "ailleurs", [ALL[0]])
    inside = folder_of(tmp_path / "depot", [PUPILS])
    (inside / ALL[0]).symlink_to(outside / ALL[0])
    (inside / "dossier").symlink_to(outside)
    with find_sources([inside]) as sources:
        assert [file.name for file in sources.files] == [PUPILS]
    assert sources.anomalies[0].file == ALL[0]


# --- What cannot go together


def test_complete_and_delta_files_are_not_mixed(tmp_path):
    other = "ENT_Delta_20261124_Eleve_0000.xml"
    sentence = refusal(folder_of(tmp_path, [PUPILS, other]))
    assert sentence.startswith("Des fichiers complets et des fichiers delta sont mélangés")
    assert PUPILS in sentence
    assert other in sentence


@pytest.mark.parametrize("other", ["ENT_Complet_20261125_PersEducNat_0000.xml", "ENT_Complet_PersEducNat_0000.xml"])
def test_two_days_are_not_mixed(tmp_path, other):
    assert "jours différents" in refusal(folder_of(tmp_path, [PUPILS, other]))
    assert "jours différents" in refusal(tmp_path, several_deltas=True)


def test_several_deltas_come_day_by_day_when_asked_for(tmp_path):
    wanted = [
        "ENT_Delta_20261123_EtabEducNat_0000.xml",
        "ENT_Delta_20261123_PersEducNat_0000.xml",
        "ENT_Delta_20261124_EtabEducNat_0000.xml",
        "ENT_Delta_20261124_Eleve_0000.xml",
    ]
    folder_of(tmp_path, wanted)
    assert "jours différents" in refusal(tmp_path)
    assert names(tmp_path, several_deltas=True) == wanted


@pytest.mark.parametrize("present", [[0, 2], [2], [3], [0, 1, 3]])
def test_a_gap_in_a_numbered_series_is_refused(tmp_path, present):
    listed = [f"ENT_Complet_20261124_Eleve_{number:04}.xml" for number in present]
    sentence = refusal(folder_of(tmp_path, listed))
    assert f"il manque le fichier numéro {present[-1] - 1:04} avant « {listed[-1]} »" in sentence


def test_a_series_may_start_at_one(tmp_path):
    listed = [f"ENT_Complet_20261124_Eleve_{number:04}.xml" for number in (1, 2)]
    assert names(folder_of(tmp_path, listed)) == listed


def test_a_file_given_twice_is_refused(tmp_path):
    folder_of(tmp_path, [PUPILS])
    zip_of(tmp_path / "a.zip", [PUPILS])
    assert refusal(tmp_path) == f"Le fichier « {PUPILS} » est fourni deux fois."


# --- Nothing, or nothing readable


def test_an_empty_folder_is_refused(tmp_path):
    assert refusal(tmp_path) == f"Aucun fichier AAF dans « {tmp_path.name} »."


def test_an_archive_without_aaf_files_is_refused(tmp_path):
    assert refusal(zip_of(tmp_path / "a.zip", [])) == "Aucun fichier AAF dans « a.zip »."
    assert refusal(tgz_of(tmp_path / "a.tgz", [])) == "Aucun fichier AAF dans « a.tgz »."


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    assert refusal(tmp_path / "rien.tgz") == "« rien.tgz » est introuvable."


UNREADABLE = "est illisible : le fichier ou l’archive est endommagé ou incomplet."


@pytest.mark.parametrize("name", ["a.zip", "a.tgz"])
@pytest.mark.parametrize("content", [b"", b"PK", b"\x1f\x8b", b"ce n'est pas une archive" * 40])
def test_what_is_no_archive_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name) == f"« {name} » {UNREADABLE}"


@pytest.mark.parametrize("store", [tgz_of, zip_of])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_archive_is_refused(tmp_path, store, part):
    path = store(tmp_path / ("a.zip" if store is zip_of else "a.tgz"), ALL, CONTENT * 50)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    assert refusal(path) == f"« {path.name} » {UNREADABLE}"


def test_a_damaged_member_is_refused_when_it_is_read(tmp_path):
    content = bytes(range(256)) * 400
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(PUPILS, content)
    flip_a_byte(path, 5000)
    with (
        find_sources([path]) as sources,
        sources.open(sources.files[0]) as stream,
        pytest.raises(SourceRefused) as refused,
    ):
        stream.read()
    assert refused.value.file == PUPILS


def test_a_damaged_tgz_is_refused_even_when_it_unpacks(tmp_path):
    path = tmp_path / "a.tgz"
    plain = io.BytesIO(gzip.decompress(tgz_of(path, [PUPILS]).read_bytes()))
    path.write_bytes(gzip.compress(plain.getvalue(), compresslevel=0))
    flip_a_byte(path, path.read_bytes().index(b"MOREAU"))
    assert refusal(path) == f"« a.tgz » {UNREADABLE}"


def flip_a_byte(path, at):
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(damaged)


def test_a_mistake_of_the_caller_is_not_taken_for_a_damaged_file(tmp_path):
    with (
        find_sources([folder_of(tmp_path, [PUPILS])]) as sources,
        pytest.raises(ValueError, match="mine"),
        sources.open(sources.files[0]),
    ):
        raise ValueError("mine")


# --- Dishonest archives


@pytest.mark.parametrize(
    "member",
    [f"../{PUPILS}", f"/etc/{PUPILS}", f"a/../../{PUPILS}", f"..\\{PUPILS}", f"C:\\{PUPILS}", f"\\\\serveur\\{PUPILS}"],
)
@pytest.mark.parametrize("store", [tgz_of, zip_of])
def test_a_path_that_leaves_the_archive_is_refused(tmp_path, store, member):
    path = store(tmp_path / ("a.zip" if store is zip_of else "a.tgz"), [member])
    assert "chemin interdit" in refusal(path)


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE],
)
def test_a_link_or_device_in_a_tgz_is_refused(tmp_path, kind):
    member = tarfile.TarInfo(PUPILS)
    member.type = kind
    member.linkname = "/etc/passwd"
    assert "autre chose que des fichiers" in refusal(tgz_with(tmp_path / "a.tgz", member))


def test_a_link_in_a_zip_is_refused(tmp_path):
    member = zipfile.ZipInfo(PUPILS)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    assert "autre chose que des fichiers" in refusal(tmp_path / "a.zip")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zip_of(tmp_path / "a.zip", [PUPILS])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "mot de passe" in refusal(path)


def test_an_unusual_compression_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(PUPILS, CONTENT)
    assert "compression inconnue" in refusal(tmp_path / "a.zip")


@pytest.mark.parametrize("store", [tgz_of, zip_of])
def test_a_bomb_is_refused(tmp_path, store):
    path = store(tmp_path / ("a.zip" if store is zip_of else "a.tgz"), [PUPILS], bytes(40 * 2**20))
    assert "dépasse la taille permise" in refusal(path)


def test_a_tgz_whose_header_is_a_bomb_is_refused(tmp_path):
    member = tarfile.TarInfo("././@LongLink")
    member.type = tarfile.GNUTYPE_LONGNAME
    member.size = 20 * 2**20
    path = tgz_with(tmp_path / "a.tgz", member, bytes(member.size))
    assert "dépasse la taille permise" in refusal(path, limits=Limits(ratio=10_000))


def test_a_tgz_that_announces_more_than_it_holds_is_refused(tmp_path):
    member = tarfile.TarInfo(PUPILS)
    member.size = 2**40
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(member.tobuf() + bytes(10_240)))
    assert "dépasse la taille permise" in refusal(path)


@pytest.mark.parametrize("store", [folder_of, tgz_of, zip_of])
def test_too_many_bytes_or_files_are_refused(tmp_path, store):
    path = store(tmp_path / {folder_of: "a", tgz_of: "a.tgz", zip_of: "a.zip"}[store], ALL)
    assert "dépasse la taille permise" in refusal(path, limits=Limits(total_bytes=3 * len(CONTENT)))
    assert "plus de 3 fichiers" in refusal(path, limits=Limits(files=3))


def test_a_zip_with_an_endless_directory_is_refused(tmp_path):
    path = zip_of(tmp_path / "a.zip", [f"{'x' * 200}{number}" for number in range(2000)], b"")
    assert "dépasse la taille permise" in refusal(path, limits=Limits(read_bytes=100_000))


def sample(directory, store, suffix):
    path = directory / f"sample{suffix}"
    if not path.exists():
        store(path, ALL[:3])
    return path.read_bytes()


@pytest.mark.parametrize(("store", "suffix"), [(tgz_of, ".tgz"), (zip_of, ".zip")])
def test_any_damage_to_an_archive_is_read_or_refused(tmp_path_factory, store, suffix):
    directory = tmp_path_factory.mktemp("damage")
    sound = sample(directory, store, suffix)
    target = Path(directory, f"damaged{suffix}")

    @given(st.integers(0, len(sound)), st.integers(0, 40), st.binary(max_size=8))
    @settings(max_examples=150, deadline=None)
    def damage(at, cut, inserted):
        target.write_bytes(sound[:at] + inserted + sound[at + cut :])
        with suppress(SourceRefused), find_sources([target]) as sources:
            for file in sources.files:
                with sources.open(file) as stream:
                    assert stream.read() == CONTENT

    damage()


@given(st.binary(max_size=1500))
@settings(deadline=None)
def test_any_tar_header_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.tgz"
    path.write_bytes(gzip.compress(content))
    with suppress(SourceRefused), find_sources([path]) as sources:
        sources.close()
