"""The AAF reader gives every entry of a sound file, and one French sentence for an unsound one."""

import io
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ent.directory.imports.aaf import reader as aaf_reader
from ent.directory.imports.aaf.reader import AafReader, Header, Record
from ent.directory.imports.aaf.sources import Entity
from ent.directory.imports.problems import Anomaly, SourceRefused
from ent.directory.tests.aaf_text import INES, add, delete, document, modify, request, values_of

MEGABYTE = 2**20
FILE = "ENT_Complet_20261124_Eleve_0000.xml"


def read(content, anomalies=None, **options):
    found = [] if anomalies is None else anomalies
    return list(AafReader(io.BytesIO(content), FILE, found, **options))


def refusal(content, **options):
    with pytest.raises(SourceRefused) as refused:
        read(content, **options)
    assert refused.value.file == FILE
    return refused.value.sentence.replace("\u00a0", " ")


def pupil(value):
    return request("addRequest", "Eleve", "1", f'<attributes><attr name="sn">{value}</attr></attributes>')


class Endless(io.RawIOBase):
    """A file of about `size` bytes that repeats `pattern` between `start` and `end`, and never stands in memory."""

    def __init__(self, start, pattern, size, end=b""):
        self.rest = start
        self.block = pattern * (1 + 100_000 // len(pattern))
        self.blocks = size // len(self.block)
        self.end = end
        self.given = 0

    def readable(self):
        return True

    def read(self, size=-1):
        if len(self.rest) < size and self.blocks:
            self.rest += self.block
            self.blocks -= 1
        elif len(self.rest) < size:
            self.rest, self.end = self.rest + self.end, b""
        chunk, self.rest = self.rest[:size], self.rest[size:]
        self.given += len(chunk)
        return chunk


def resident_bytes():
    """What the process holds in memory, the XML library included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- A sound file


def test_an_added_pupil_comes_with_all_their_values():
    [record] = read(document(INES))
    assert record[:3] == ("add", Entity.PUPIL, "2001")
    assert record.file == FILE
    assert record.attributes["givenName"] == ["Inès"]
    assert record.attributes["ENTPersonAutresPrenoms"] == ["Inès", "Zoé"]
    assert record.attributes["ENTElevePersRelEleve"] == ["3001$10$1$1$1$1", "3002$20$0$1$0$0"]


def test_an_empty_attribute_is_not_an_absent_one():
    [record] = read(document(modify("Eleve", "2001", mail="", ENTEleveGroupes=["", " "])))
    assert record == Record("modify", Entity.PUPIL, "2001", {"mail": [], "ENTEleveGroupes": []}, FILE)
    assert "sn" not in record.attributes


def test_an_attribute_without_any_value_element_is_empty():
    [record] = read(document(pupil("")))
    assert record.attributes == {"sn": []}


def test_values_are_stripped_of_the_layout_around_them():
    [record] = read(document(pupil("\n   <value>\n 43$DIR$DIRECTION </value>\n")))
    assert record.attributes["sn"] == ["43$DIR$DIRECTION"]


def test_a_comment_or_a_cdata_section_in_a_value_loses_nothing():
    [record] = read(document(pupil("<value>AB<!-- x -->CD</value><value><![CDATA[R&D]]></value>")))
    assert record.attributes["sn"] == ["ABCD", "R&D"]


def test_an_attribute_written_twice_keeps_all_its_values():
    once, again = (f'<attr name="mobile"><value>{number}</value></attr>' for number in "12")
    body = f"<attributes>{once}{again}</attributes>"
    [record] = read(document(request("addRequest", "PersRelEleve", "3001", body)))
    assert record.attributes["mobile"] == ["1", "2"]


def test_a_delta_adds_modifies_and_deletes_in_the_order_of_the_file():
    records = read(document(INES, modify("Eleve", "2002", mail="malo@exemple.invalid"), delete("Eleve", "2003")))
    assert [(record.operation, record.id) for record in records] == [
        ("add", "2001"),
        ("modify", "2002"),
        ("delete", "2003"),
    ]
    assert records[2].attributes == {}


@pytest.mark.parametrize(
    ("category", "value", "entity"),
    [
        ("categoriePersonne", "Eleve", Entity.PUPIL),
        ("categoriePersonne", "PersRelEleve", Entity.GUARDIAN),
        ("categoriePersonne", "PersEducNat", Entity.STAFF),
        ("categorieStructure", "EtabEducNat", Entity.SCHOOL),
        ("categorieMef", "MefEducNat", Entity.QUALIFICATION),
        ("categorieMatiere", "MatEducNat", Entity.SUBJECT),
        ("categorieMatiere", "MatiereEducNat", Entity.SUBJECT),
    ],
)
def test_each_category_names_its_entity(category, value, entity):
    text = INES.replace("categoriePersonne", category, 1).replace("<value>Eleve<", f"<value>{value}<", 1)
    [record] = read(document(text))
    assert record.entity is entity
    assert category not in record.attributes


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-15", "ISO-8859-1"])
def test_accents_survive_each_encoding(encoding):
    [record] = read(document(INES, encoding=encoding))
    assert record.attributes["givenName"] == ["Inès"]


def test_the_ligature_of_iso_8859_15_is_read():
    [record] = read(document(pupil("<value>Sœur</value>"), encoding="ISO-8859-15"))
    assert record.attributes["sn"] == ["Sœur"]


def test_a_byte_order_mark_is_accepted():
    [record] = read(b"\xef\xbb\xbf" + document(INES))
    assert record.id == "2001"


def test_the_header_says_version_academy_degree_and_day():
    reader = AafReader(io.BytesIO(document(INES)), FILE, [])
    assert reader.header == Header("AAF-VE2407", "18", "2D", date(2026, 11, 24))


def test_an_old_export_says_nothing_in_its_header():
    reader = AafReader(io.BytesIO(document(INES, header="")), FILE, [])
    assert reader.header == Header("", "", "", None)


def test_a_header_with_an_impossible_day_is_read_all_the_same():
    header = '<!-- versionAF="AAF-VE1301" --><!-- dateGenerationExport="31/02/2024" -->'
    reader = AafReader(io.BytesIO(document(INES, header=header)), FILE, [])
    assert reader.header == Header("AAF-VE1301", "", "", None)


def test_a_file_without_entries_is_sound():
    assert read(document()) == []


def test_the_external_dtd_is_never_fetched():
    content = document(INES, doctype='SYSTEM "file:///etc/passwd"')
    assert [record.id for record in read(content)] == ["2001"]


def test_a_long_file_takes_no_more_memory_than_a_short_one():
    end = b"</ficAlimMENESR>\n"
    stream = Endless(document(INES).removesuffix(end), INES.encode(), 30 * MEGABYTE, end)
    resident = [resident_bytes() for count, _record in enumerate(AafReader(stream, FILE, [])) if count % 1000 == 0]
    assert len(resident) > 15
    assert max(resident[2:]) - resident[2] < 5 * MEGABYTE


# --- Entries set aside


def test_an_entry_of_an_unknown_category_is_reported_and_the_others_read():
    anomalies: list[Anomaly] = []
    records = read(document(add("Martien", "9", sn="X"), INES), anomalies)
    assert [record.id for record in records] == ["2001"]
    assert [(anomaly.file, anomaly.entry_id) for anomaly in anomalies] == [(FILE, "9")]
    assert "catégorie" in anomalies[0].sentence


def test_an_entry_without_identifier_is_reported():
    anomalies: list[Anomaly] = []
    assert read(document(add("Eleve", " ", sn="X")), anomalies) == []
    assert "identifiant" in anomalies[0].sentence


def test_an_attribute_without_name_is_reported_and_the_others_kept():
    anomalies: list[Anomaly] = []
    body = "<attributes><attr><value>?</value></attr><attr name='sn'><value>MOREAU</value></attr></attributes>"
    [record] = read(document(request("addRequest", "Eleve", "2001", body)), anomalies)
    assert record.attributes == {"sn": ["MOREAU"]}
    assert anomalies[0].entry_id == "2001"


# --- Files refused


def test_a_file_that_holds_what_its_name_does_not_say_is_refused():
    sentence = refusal(document(INES), expected=Entity.STAFF)
    assert sentence == f"Le fichier « {FILE} » contient une entrée « Eleve » que son nom n’annonce pas."


def test_an_empty_file_is_refused():
    assert refusal(b"") == f"Le fichier « {FILE} » est vide."


@pytest.mark.parametrize("content", [b"PK\x03\x04 a zip", b"\x1f\x8b\x08", b"nom;prenom\nMOREAU;In\xc3\xa8s\n"])
def test_what_is_not_xml_is_refused(content):
    assert refusal(content) == f"« {FILE} » n’est pas un fichier XML."


def test_another_root_is_refused():
    sentence = f"« {FILE} » n’est pas un fichier AAF : sa racine n’est pas « ficAlimMENESR »."
    assert refusal(b"<BEE_ELEVES><ELEVE/></BEE_ELEVES>") == sentence
    assert refusal(f"<autre>{INES}</autre>".encode()) == sentence
    assert refusal(f"<autre><ficAlimMENESR>{INES}</ficAlimMENESR></autre>".encode()) == sentence


def test_a_truncated_file_is_refused_with_the_line_where_it_stops():
    content = document(INES, INES)
    lines = content[:-200].count(b"\n") + 1
    assert refusal(content[:-200]) == f"« {FILE} » est incomplet : il s’interrompt à la ligne {lines}."


def test_a_file_truncated_between_two_entries_is_refused_after_the_entries_are_given():
    content = document(INES, INES).removesuffix(b"</ficAlimMENESR>\n")
    records = iter(AafReader(io.BytesIO(content), FILE, []))
    assert [next(records).id, next(records).id] == ["2001", "2001"]
    with pytest.raises(SourceRefused, match="incomplet"):
        next(records)


def test_text_that_is_not_in_the_encoding_announced_is_refused_with_its_place():
    content = document(INES, pupil("<value>Ines</value>")).replace(b"<value>Ines<", b"<value>In\xe8s<")
    line = content[: content.index(b"In\xe8s")].count(b"\n") + 1
    assert refusal(content).startswith(f"« {FILE} », ligne {line}, colonne")
    assert refusal(content).endswith("le texte n’est pas en UTF-8, l’encodage annoncé.")


@pytest.mark.parametrize("hidden", ["Inès".encode(), "L’Île".encode("cp1252")])
def test_utf_8_or_windows_text_announced_as_iso_8859_15_is_refused_with_its_line(hidden):
    content = document(add("Eleve", "1", sn="ASCII"), pupil("<value>Ines</value>"), encoding="ISO-8859-15")
    content = content.replace(b"<value>Ines<", b"<value>" + hidden + b"<")
    line = content[: content.index(hidden)].count(b"\n") + 1
    assert refusal(content) == f"« {FILE} », ligne {line} : le texte n’est pas en ISO-8859-15, l’encodage annoncé."


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (document(INES, encoding="UTF-16"), "UTF-16"),
        (document(INES).decode().encode("utf-16-le"), "UTF-16"),
        (document(INES).replace(b"UTF-8", b"UTF-7"), "UTF-7"),
        (document(INES, encoding="cp1252"), "cp1252"),
    ],
)
def test_another_encoding_is_refused_by_its_name(content, named):
    assert refusal(content) == f"« {FILE} » est en {named} : un fichier AAF est en UTF-8 ou en ISO-8859-15."


@pytest.mark.parametrize("character", [b"\0", b"\x01", b"\x0b"])
def test_a_control_character_is_refused_with_its_place(character):
    content = document(INES, pupil("<value>MOR EAU</value>"), INES).replace(b"MOR EAU", b"MOR" + character + b"EAU")
    line = content[: content.index(character)].count(b"\n") + 1
    assert refusal(content).startswith(f"« {FILE} », ligne {line}, colonne")
    assert "caractère interdit" in refusal(content)


BOMB = '[<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        f'SYSTEM "ficAlimMENESR.dtd" {BOMB}',
        '[<!ENTITY secret SYSTEM "file:///etc/passwd">]',
        '[<!ENTITY % distant SYSTEM "http://127.0.0.1:9/x.dtd"> %distant;]',
        '[<!-- <ficAlimMENESR> --><!ENTITY a "b">]',
    ],
)
def test_a_file_that_declares_entities_is_refused_before_it_is_parsed(doctype):
    content = document(pupil("<value>&b;&secret;</value>"), doctype=doctype)
    assert refusal(content) == f"« {FILE} », ligne 2 : le fichier déclare des entités XML : il est refusé."


@pytest.mark.parametrize("shift", range(10))
def test_an_entity_declaration_cut_by_two_reads_is_seen(shift):
    padding = "x" * (65536 - 120 + shift)
    content = document(doctype=f'[<!-- {padding} --> <!ENTITY a "b">]')
    assert "entités XML" in refusal(content)


def test_an_undefined_entity_is_refused_rather_than_lost():
    assert "&eacute;" in refusal(document(pupil("<value>Andr&eacute;</value>")))


@pytest.mark.parametrize(
    "body",
    [
        "<autre/>",
        '<attributes><attr name="sn"><value>A<b>B</b></value></attr></attributes>',
        "<attributes><value>sans attribut</value></attributes>",
        '<modifications><modification name="mail" operation="delete"><value>x</value></modification></modifications>',
        "<addRequest/>",
    ],
)
def test_an_element_aaf_does_not_know_is_refused_with_its_line(body):
    assert "élément inattendu" in refusal(document(request("modifyRequest", "Eleve", "1", body)))


def test_malformed_xml_is_refused_with_its_place():
    assert refusal(document("<addRequest></deleteRequest>", INES, header="")).startswith(
        f"« {FILE} », ligne 4, colonne"
    )


# --- Files that would take the machine down


@pytest.mark.parametrize(
    ("start", "pattern"),
    [
        (b"<ficAlimMENESR>", b"<attr>"),
        (b"<ficAlimMENESR>", b"<junk/>"),
        (b"<ficAlimMENESR><addRequest><attributes>", b'<attr name="a"><value/></attr>'),
        (b"<ficAlimMENESR><addRequest><attributes><attr><value>", b"aaaaaaaaaa"),
        (b"<ficAlimMENESR><addRequest ", b"a "),
        (b"<ficAlimMENESR><!-- ", b"comment "),
        (b"<ficAlimMENESR>", b"\n \n"),
        (b"<!DOCTYPE ficAlimMENESR [", b"<!ELEMENT a ANY>"),
    ],
)
def test_a_hundred_megabytes_of_one_thing_are_not_read_to_the_end(start, pattern):
    stream = Endless(b"<?xml version='1.0'?>" + start, pattern, 100 * MEGABYTE)
    with pytest.raises(SourceRefused):
        list(AafReader(stream, FILE, []))
    assert stream.given < 3 * MEGABYTE


def test_an_entry_over_the_limit_is_refused_with_its_line(monkeypatch):
    monkeypatch.setattr(aaf_reader, "MAX_ENTRY_BYTES", MEGABYTE)
    heavy = pupil(values_of(["x" * 100] * 20_000))
    sentence = refusal(document(INES, heavy))
    assert sentence.startswith(f"« {FILE} », ligne ")
    assert sentence.endswith("une entrée dépasse la taille permise (1 Mo).")


def test_a_school_with_a_thousand_groups_is_well_under_the_limit():
    groups = [f"GR{number}$Groupe {number} de langue vivante$2DE 1$2DE 2$2DE 3" for number in range(1000)]
    [record] = read(document(add("EtabEducNat", "1001", ENTStructureGroupes=groups)))
    assert len(record.attributes["ENTStructureGroupes"]) == 1000


# --- Anything at all

SOUND = document(INES, modify("Eleve", "2001", mail=""), delete("Eleve", "2003"))
FRAGMENTS = [
    b"<ficAlimMENESR>", b"</ficAlimMENESR>", b"<addRequest>", b"</addRequest>", b"<attributes>", b"</attributes>",
    b'<attr name="sn">', b"</attr>", b"<value>", b"</value>", b"<value/>", b"<identifier><id>1</id></identifier>",
    b"&amp;", b"&x;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x?>", b"\0", b"\xff", "é".encode(),
    b'<!DOCTYPE a [', b']>', b'<?xml version="1.0" encoding="ISO-8859-15"?>', b"<modification operation=''>",
    b'<attr name="categoriePersonne"><value>Eleve</value></attr>', b"<deleteRequest/>",
]  # fmt: skip


def only_refusals(content):
    with suppress(SourceRefused):
        return read(content)
    return []


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    only_refusals(content)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join))
@settings(max_examples=300)
def test_any_pieces_of_aaf_are_read_or_refused(content):
    only_refusals(content)
    only_refusals(b"<ficAlimMENESR>" + content)


@given(st.integers(0, len(SOUND)), st.integers(0, 30), st.binary(max_size=8))
@settings(max_examples=300)
def test_any_damage_to_a_sound_file_is_read_or_refused(at, cut, inserted):
    for record in only_refusals(SOUND[:at] + inserted + SOUND[at + cut :]):
        assert record.id
        assert all(all(values) for values in record.attributes.values())


@given(st.integers(0, len(SOUND.rstrip()) - 1))
def test_a_file_cut_anywhere_is_never_taken_for_a_whole_one(length):
    with pytest.raises(SourceRefused):
        read(SOUND[:length])
