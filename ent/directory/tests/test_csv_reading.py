"""Finding the table, naming its columns, reading its cells: CSV files as spreadsheets leave them."""

from datetime import date

import pytest

from ent.directory.enums import Profile, Relation
from ent.directory.imports.csv import values
from ent.directory.imports.csv.mapping import field_of, guess, is_header_word, problems_of
from ent.directory.imports.csv.people import Told, read_people, split_name
from ent.directory.imports.csv.reading import Table, read_table
from ent.directory.imports.problems import SourceRefused

TEXT = "Nom;Prénom;Ville\nMoreau;Inès;Tours\nŒuvrard;Noëlle;Saint-Cyr-sur-Loire\n"


def table(content: bytes | str) -> Table:
    return read_table(content.encode() if isinstance(content, str) else content, "f.csv", is_header_word)


def cells(content: bytes | str) -> list[tuple[str, ...]]:
    return [row.cells for row in table(content).rows]


def told(text: str, profile: Profile = Profile.PUPIL) -> Told:
    found = table(text)
    columns = {column.index: column.field for column in guess(found)}
    return read_people(found, columns, uai="0379903N", profile=profile)


# --- encodings and separators


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-le", b""), ("utf-16-be", b""),
        ("utf-32", b""), ("cp1252", b""), ("iso8859-15", b""), ("mac-roman", b""),
    ],
)  # fmt: skip
def test_the_encoding_is_guessed(encoding: str, mark: bytes) -> None:
    assert cells(mark + TEXT.encode(encoding)) == [
        ("Moreau", "Inès", "Tours"),
        ("Œuvrard", "Noëlle", "Saint-Cyr-sur-Loire"),
    ]


def test_a_text_encoded_twice_is_read_as_it_was() -> None:
    assert cells(TEXT.encode().decode("cp1252").encode())[0] == ("Moreau", "Inès", "Tours")


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_guessed(separator: str, end: str) -> None:
    assert len(table(TEXT.replace(";", separator).replace("\n", end)).header) == 3


def test_commas_inside_cells_are_no_separator() -> None:
    assert cells('nom;adresse\nMoreau;"4, quai d’Orléans, Tours"\nBlin;12, rue du Pont\n') == [
        ("Moreau", "4, quai d’Orléans, Tours"),
        ("Blin", "12, rue du Pont"),
    ]


def test_what_excel_announces_is_believed_and_lines_keep_their_numbers() -> None:
    found = table("sep=,\nnom,prenom\nMoreau,Inès\n")
    assert found.header == ("nom", "prenom")
    assert found.rows[0].number == 3


# --- debris


def test_the_debris_of_a_spreadsheet_is_cleared_away() -> None:
    found = table(
        "Liste des apprentis;;;;\n"
        ";;;;\n"
        "Nom;Prénom;;Téléphone;\n"
        '\u00a0MOREAU \u200b;  Inès  Marie;;="0639981010";\n'
        ";;;;\n"
        "Nom;Prénom;;Téléphone;\n"
        "Blin;Noé;;'0639981011;\n"
        "Roy;Maxime;;#N/A;\n"
        "Petit;Léa;;=SOMME(A1:A3);\n"
    )
    assert found.header == ("Nom", "Prénom", "Téléphone")
    assert [row.cells for row in found.rows] == [
        ("MOREAU", "Inès Marie", "0639981010"),
        ("Blin", "Noé", "0639981011"),
        ("Roy", "Maxime", ""),
        ("Petit", "Léa", ""),
    ]
    assert [anomaly.entry_id for anomaly in found.anomalies] == ["ligne\u00a08", "ligne\u00a09"]


def test_merged_titles_tell_apart_columns_of_one_name() -> None:
    found = table("Apprenti;;Maître d’apprentissage;\nNom;Prénom;Nom;Prénom\nPerrin;Lucas;Couturier;Bernard\n")
    assert [column.field for column in guess(found)] == [
        "personne.last_name",
        "personne.first_name",
        "maitre.last_name",
        "maitre.first_name",
    ]


def test_columns_of_one_name_without_a_title_get_a_number() -> None:
    assert table("nom;prenom;nom\na;b;c\n").header == ("nom", "prenom", "nom (2)")


def test_a_file_without_titles_keeps_its_first_line() -> None:
    found = table("Perrin;Lucas;20/01/2008;lucas@cfa.example\n")
    assert found.header == ("Colonne A", "Colonne B", "Colonne C", "Colonne D")
    assert [column.field for column in guess(found)] == ["", "", "personne.birth_date", "personne.email"]


def test_a_line_with_too_many_cells_is_left_aside_and_told() -> None:
    found = table("nom;prenom\na;b\nc;d\ne;f;g\n")
    assert [row.cells for row in found.rows] == [("a", "b"), ("c", "d")]
    assert found.anomalies[0].entry_id == "ligne\u00a04"


@pytest.mark.parametrize(
    "content",
    [b"", b"   \n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-1", b"<html>", b"nom;prenom\n", b"a\0b;c\nd;e\n",
     b"\xef\xbb\xbfnom;pr\xe9nom\n", b'nom;prenom\n"a;b\n' + b"c;d\n" * 30, b"a" * (20 * 2**20 + 1)],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(SourceRefused) as refusal:
        table(content)
    assert refusal.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('nom;prenom\nRoux;Nina\n"Moreau;Inès\nBlin;Noé\nBenali;Sofia\n', 3),
        ('nom;prenom\nRoux;Nina\n"Moreau;Inès\nBlin;"Noé"\nBenali;Sofia\n', 3),
        ('nom;adresse;prenom\nRoux;"1 rue\nTours";"Nina\nBlin;a;Noé\nBenali;b;Sofia\n', 3),
        ('nom;prenom\nRoux;Nina\nMoreau;"Inès', 3),
        ('nom;prenom\nRoux;"Nina\n' + "Blin;Noé\n" * 40, 2),
    ],
)
def test_a_quote_that_is_not_closed_is_named_by_the_line_that_opens_it(text: str, line: int) -> None:
    with pytest.raises(SourceRefused) as refusal:
        table(text)
    assert f"guillemet ouvert à la ligne\u00a0{line} " in refusal.value.sentence


def test_a_cell_of_several_lines_and_a_quote_inside_a_word_are_no_error() -> None:
    assert cells('nom;prenom\n"Moreau\nDurand";Inès\nRoux;5" de\n') == [("Moreau Durand", "Inès"), ("Roux", '5" de')]


def test_any_bytes_give_a_table_or_a_sentence() -> None:
    import random

    dice = random.Random(7)
    for _ in range(300):
        content = bytes(dice.choices(b'a;,\t\n\r"=\0\xe9\xc3\xa9\xff\xfe ', k=dice.randint(1, 80)))
        try:
            table(content)
        except SourceRefused:
            continue


# --- columns


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("NOM DE FAMILLE", "personne.last_name"),
        ("Prénom de l'élève", "personne.first_name"),
        ("Né(e) le", "personne.birth_date"),
        ("N° INE", "personne.ine"),
        ("Resp. légal 1 - Nom", "responsable1.last_name"),
        ("Responsable 2 : courriel", "responsable2.email"),
        ("Mail du maître d’apprentissage", "maitre.email"),
        ("Tuteur", "maitre.full_name"),
        ("Raison sociale", "entreprise.name"),
        ("Date de début du contrat", "entreprise.starts"),
        ("Formateur référent", "formateur.full_name"),
        ("Observations", None),
    ],
)
def test_a_column_is_known_by_its_name(header: str, field: str | None) -> None:
    found = field_of(header)
    assert (found.key if found else None) == field


def test_an_address_after_the_company_is_the_company_s() -> None:
    found = table("nom;prenom;entreprise;adresse;ville\na;b;c;d;e\n")
    assert [column.field for column in guess(found)][3:] == ["entreprise.address", "entreprise.city"]


def test_what_was_chosen_last_time_comes_first() -> None:
    found = table("nom;prenom;code\na;b;c\n")
    assert guess(found, {"code": "personne.division", "prenom": ""})[1].field == ""
    assert guess(found, {"code": "personne.division"})[2].field == "personne.division"
    assert guess(found, {"code": "field.of.another.version"})[2].field == "personne.id"


def test_columns_must_give_a_name_and_nothing_twice() -> None:
    assert problems_of({0: "personne.last_name", 1: "personne.first_name"}) == []
    assert problems_of({0: "personne.full_name"}) == []
    assert len(problems_of({0: "personne.last_name", 1: "personne.last_name"})) == 2


# --- cells


@pytest.mark.parametrize(
    "text", ["01/09/2026", "1/9/2026", "2026-09-01", "2026-09-01T00:00:00", "01.09.26", "46266", "46266,0",
             "1er sept. 2026", "20260901"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert values.day(text) == date(2026, 9, 1)


@pytest.mark.parametrize("text", ["31/02/2026", "hier", "2026", "99/99/9999", ""])
def test_what_is_no_day_is_not_taken_for_one(text: str) -> None:
    assert values.day(text) is None


@pytest.mark.parametrize("text", ["0639981010", "639981010", "06 39 98 10 10", "06.39.98.10.10", "+33639981010",
                                  "0033 6 39 98 10 10", "+33 (0)6 39 98 10 10"])  # fmt: skip
def test_a_phone_finds_the_zero_that_a_spreadsheet_took(text: str) -> None:
    assert values.phone(text) == "+33 6 39 98 10 10"


def test_a_phone_that_is_lost_is_not_invented() -> None:
    assert values.phone("6,4E+08") is None
    assert values.phone("12") is None
    assert values.phone("+44 20 7946 0000") == "+442079460000"


def test_a_siret_has_its_key() -> None:
    assert values.siret("999 040 181 00011") == "99904018100011"
    assert values.siret("99904018100012") is None
    assert values.siret("35600000000048") == "35600000000048"  # La Poste adds up to a multiple of five


def test_a_uai_may_have_lost_its_zero_or_gained_spaces() -> None:
    assert values.uai("379901 l") == "0379901L"
    assert values.uai("0379901A") is None


def test_a_name_in_one_cell_is_cut_where_capitals_stop() -> None:
    assert split_name("DE LA TOUR Marie-Claude") == ("DE LA TOUR", "Marie-Claude")
    assert split_name("M. Bernard COUTURIER") == ("COUTURIER", "Bernard")
    assert split_name("Couturier Bernard") == ("Couturier", "Bernard")


# --- people


def test_two_people_with_one_identifier_are_not_merged() -> None:
    found = told("id;nom;prenom\n7;Moreau;Inès\n7;Blin;Noé\n7;MOREAU;Ines\n")
    assert [entry.full_name for entry in found.entries.values()] == ["Inès Moreau"]
    anomaly = found.anomalies[0][1]
    assert (anomaly.value, anomaly.attribute) == ("Noé Blin", "Identifiant de l’établissement")
    assert "Inès Moreau" in anomaly.sentence
    assert anomaly.sentence.endswith("la ligne n’est pas reprise.")


def test_two_lines_on_one_person_are_told_to_be_one() -> None:
    found = told("nom;prenom;ine\nMoreau;Inès;123456789AB\nBlin;Noé;\nMOREAU;Ines;123456789AB\n")
    assert len(found.entries) == 2
    [(_profile, anomaly)] = found.anomalies
    assert (anomaly.file, anomaly.entry_id, anomaly.attribute) == ("f.csv", "ligne\u00a04", "Nom")
    assert anomaly.sentence == (
        "Cette personne est déjà à la ligne\u00a02\u00a0: les deux lignes sont réunies en une personne."
    )
    assert anomaly.is_notice


def test_where_two_lines_on_one_person_disagree_the_first_is_kept_and_the_second_told() -> None:
    found = told(
        "id;nom;prenom;mail;mobile\n7;Moreau;Inès;a@x.example;0639981010\n7;Moreau;Inès;b@x.example;0639981011\n"
    )
    assert [entry.email for entry in found.entries.values()] == ["a@x.example"]
    told_wrong = [anomaly for _profile, anomaly in found.anomalies if not anomaly.is_notice]
    assert [(one.attribute, one.value) for one in told_wrong] == [
        ("Courriel", "b@x.example"),
        ("Téléphone mobile", "+33 6 39 98 10 11"),
    ]
    assert all("cette autre valeur est ignorée" in one.sentence for one in told_wrong)


def test_a_column_that_fills_no_field_is_told_to_be_ignored() -> None:
    found = told("nom;prenom;signe astral\nMoreau;Inès;Bélier\n")
    [(_profile, anomaly)] = found.anomalies
    assert (anomaly.attribute, anomaly.is_notice) == ("signe astral", True)
    assert anomaly.sentence.endswith("la colonne est ignorée.")


def test_each_anomaly_names_its_file_its_line_and_its_column_and_what_becomes_of_them() -> None:
    found = told(
        "uai;nom;prenom;profil;mail;cp\n0379903N;Moreau;;;;\n0379901L;Blin;Noé;;;\n;Dupont;Anne;proviseure;;\n"
        ";Fabre;Hélène;astronaute;;\n;Benali;Sofia;;sofia@;\n;Roux;Nina;;;#REF!\n;Perrin;Lucas;;;;x\n"
    )
    outcomes = (
        "n’est pas reprise.",
        "le reste de la ligne est repris.",
        "choisi pour le fichier.",
        "«\u00a0Comptes\u00a0».",
    )
    for _profile, anomaly in found.anomalies:
        assert anomaly.file
        assert anomaly.attribute
        assert anomaly.sentence.endswith(outcomes), anomaly.sentence
    lines = [(anomaly.entry_id.removeprefix("ligne\u00a0"), anomaly.attribute) for _profile, anomaly in found.anomalies]
    assert sorted(lines) == [
        ("2", "Prénom"), ("3", "UAI de l’établissement"), ("4", "Profil"), ("5", "Profil"), ("6", "Courriel"),
        ("7", "Colonne F"), ("8", "Colonne G"),
    ]  # fmt: skip


def test_a_parent_of_two_children_is_one_person() -> None:
    found = told(
        "nom;prenom;resp1 nom;resp1 prenom;resp1 mail;resp1 lien\n"
        "Moreau;Inès;Moreau;Claire;claire@famille.example;mère\nMoreau;Malo;MOREAU;Claire;claire@famille.example;Mère\n"
    )
    assert len(found.entries) == 3
    assert [(link.relation, link.rank) for link in found.links] == [(Relation.MOTHER, 1)] * 2


def test_a_line_of_another_school_is_left_aside() -> None:
    found = told("uai;nom;prenom\n0379901L;Moreau;Inès\n379903 N;Benali;Sofia\n")
    assert [entry.first_name for entry in found.entries.values()] == ["Sofia"]
    assert "0379903N" in found.anomalies[0][1].sentence


def test_a_file_does_not_name_a_headship() -> None:
    found = told("nom;prenom;profil\nDupont;Anne;proviseure\nFabre;Hélène;enseignante\n")
    assert [entry.profile for entry in found.entries.values()] == [Profile.TEACHER]
    assert "Comptes" in found.anomalies[0][1].sentence


def test_each_cell_that_is_not_understood_is_told_and_the_person_still_comes() -> None:
    found = told(
        "nom;prenom;date de naissance;mail;telephone;ine;maitre nom;maitre prenom;siret;debut contrat\n"
        "Perrin;Lucas;31/02/2008;lucas@;6,4E+08;XX;Couturier;Bernard;123;jamais\n"
    )
    assert len(found.entries) == 2
    assert [anomaly.value for _profile, anomaly in found.anomalies] == [
        "lucas@", "6,4E+08", "31/02/2008", "XX", "123", "jamais",
    ]  # fmt: skip
    assert all(anomaly.entry_id == "ligne\u00a02" and anomaly.sentence for _profile, anomaly in found.anomalies)


def test_a_line_without_a_name_is_told() -> None:
    found = told("nom;prenom;ville\n;Inès;Tours\nTotal;;\n")
    assert found.entries == {}
    assert len(found.anomalies) == 2
