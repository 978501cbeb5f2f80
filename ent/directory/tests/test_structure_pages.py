"""Divisions, groups and schools, as the browser gets them, on paper and as a file."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ent.directory.enums import Profile
from ent.directory.exports.lists import harmless
from ent.directory.models import Delegation, Division, Enrolment, HeadTeacher, Mef, Membership, Person
from ent.directory.queries.people import natural
from ent.directory.queries.structures import level_label
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import SchoolYear
from tests.cast import STARTS, Cast


def page(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def division_url(cast: Cast, code: str = "2de 4") -> str:
    return reverse("directory:division", args=[cast.divisions[code].pk])


def file_rows(response) -> list[list[str]]:
    assert response.status_code == 200
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


# --- The list of divisions and groups ---


def test_divisions_are_listed_by_level_with_their_head_teacher_and_how_many_they_are(cast):
    with scope.use(scope.EVERYTHING):
        second = Mef.objects.create(code="20010019110", label="SECONDE GENERALE ET TECHNOLOGIQUE")
        Division.objects.filter(school=cast.lycee).update(mef=second)
    html = page(cast.signed_in("m_lemaire"), "/classes/")
    assert ">Seconde</h2>" in html
    assert "2\u00a0classes, 2\u00a0élèves" in html
    assert "Mme\u00a0Fabre" in html
    assert "Non désigné" in html
    assert "5e B" not in html


def test_groups_are_listed_with_the_divisions_they_take_from(cast):
    html = page(cast.signed_in("m_lemaire"), "/classes/?vue=groupes")
    assert "Maths, groupe 1" in html
    assert "1\u00a0groupe<" in html


@pytest.mark.parametrize("name", ["ines", "claire", "lucas", "region_officer"])
def test_the_list_of_divisions_is_for_the_staff(cast, name):
    page(cast.signed_in(name), "/classes/", 403)


def test_the_list_costs_as_many_queries_for_thirty_divisions_as_for_two(cast):
    client = cast.signed_in("m_lemaire")
    page(client, "/classes/")
    with CaptureQueriesContext(connection) as for_two:
        page(client, "/classes/")
    with scope.use(scope.EVERYTHING):
        year = cast.divisions["2de 4"].year
        for number in range(28):
            division = Division.objects.create(
                school=cast.lycee, year=year, code=f"1re {number}", label=f"1re {number}"
            )
            HeadTeacher.objects.create(school=cast.lycee, division=division, membership=cast.membership("m_lemaire"))
    with CaptureQueriesContext(connection) as for_thirty:
        page(client, "/classes/")
    assert len(for_thirty) == len(for_two)


def test_a_past_year_is_read_as_it_ended_and_the_coming_one_by_the_headship_alone(cast):
    with scope.use(scope.EVERYTHING):
        past = SchoolYear.objects.create(
            school=cast.lycee,
            label="2025-2026",
            starts=date(2025, 9, 1),
            ends=date(2026, 8, 31),
            state=YearState.CLOSED,
        )
        SchoolYear.objects.create(
            school=cast.lycee,
            label="2027-2028",
            starts=date(2027, 9, 1),
            ends=date(2028, 8, 31),
            state=YearState.PREPARING,
        )
        old = Division.objects.create(school=cast.lycee, year=past, code="3e A", label="3e A", is_open=False)
        gone = Person.objects.create(first_name="Lola", last_name="Partie")
        membership = Membership.objects.create(
            person=gone, school=cast.lycee, profile=Profile.PUPIL, starts=date(2025, 9, 1), ends=past.ends
        )
        Enrolment.objects.create(
            school=cast.lycee, membership=membership, division=old, starts=past.starts, ends=past.ends
        )
    client = cast.signed_in("m_lemaire")
    html = page(client, f"/classes/?annee={past.pk}")
    assert "3e A" in html
    assert "2de 4" not in html
    assert "2027-2028" not in html
    assert "2027-2028" in page(cast.signed_in("mme_dupont"), "/classes/")
    html = page(client, reverse("directory:division", args=[old.pk]))
    assert "Partie Lola" in html
    assert reverse("directory:person", args=[gone.pk]) not in html


# --- A division, a group ---


def test_the_staff_read_the_pupils_the_teachers_and_the_groups_of_a_division(cast):
    html = page(cast.signed_in("m_lemaire"), division_url(cast))
    assert "Moreau Inès" in html
    assert "Mme\u00a0Fabre" in html
    assert "Maths, groupe 1" in html
    assert "liste.csv" in html
    assert "imprimer=1" in html


def test_a_pupil_reads_who_is_in_their_division_and_takes_no_list_out(cast):
    client = cast.signed_in("ines")
    html = page(client, division_url(cast))
    assert "Moreau Inès" in html
    assert "liste.csv" not in html
    page(client, f"{division_url(cast)}liste.csv", 403)
    assert "Remarque" not in page(client, f"{division_url(cast)}?imprimer=1")


def test_a_guardian_reads_the_teachers_of_their_childs_division_and_no_other_child(cast):
    with scope.use(scope.EVERYTHING):
        other = Person.objects.create(first_name="Zoé", last_name="Lopez")
        membership = Membership.objects.create(person=other, school=cast.lycee, profile=Profile.PUPIL, starts=STARTS)
        Enrolment.objects.create(
            school=cast.lycee, membership=membership, division=cast.divisions["2de 4"], starts=STARTS
        )
    html = page(cast.signed_in("claire"), division_url(cast))
    assert "Mme\u00a0Fabre" in html
    assert "Lopez" not in html
    assert "élève" not in html


@pytest.mark.parametrize(("name", "code"), [("ines", "2de 5"), ("mme_fabre", "5e B"), ("karim", "2de 4")])
def test_a_division_that_does_not_concern_one_does_not_exist(cast, name, code):
    page(cast.signed_in(name), division_url(cast, code), 404)
    page(cast.signed_in(name), f"{division_url(cast, code)}liste.csv", 404)


def test_a_group_says_from_which_division_each_pupil_comes(cast):
    html = page(cast.signed_in("mme_fabre"), reverse("directory:group", args=[cast.groups["2DE4GR1"].pk]))
    assert "Moreau Inès" in html
    assert '<td class="ent-desk ent-soft">2de 4</td>' in html


# --- On paper and as a file ---


def test_the_sheet_to_print_has_a_line_each_and_room_to_tick_date_and_sign(cast):
    html = page(cast.signed_in("mme_fabre"), f"{division_url(cast)}?imprimer=1")
    assert "<b>Moreau</b> Inès" in html
    for room in ("Date\u00a0:", "Signature\u00a0:", "Professeur principal\u00a0: Mme\u00a0Fabre"):
        assert room in html, room
    assert html.count('class="tick"') == 8


def test_the_file_opens_in_a_french_spreadsheet_and_the_journal_knows_who_took_it(cast):
    response = cast.signed_in("m_lemaire").get(f"{division_url(cast)}liste.csv")
    assert response["Content-Disposition"].startswith('attachment; filename="liste-2de-4-')
    assert file_rows(response) == [
        ["Nom", "Prénom", "Classe", "Groupes", "Date de naissance", "Courriel"],
        ["Moreau", "Inès", "2de 4", "Maths, groupe 1", "12/04/2011", "ines@ent.example"],
    ]
    with scope.use(scope.EVERYTHING):
        record = Record.objects.get(action="directory.export_list")
    assert record.actor_person == cast.m_lemaire.pk
    assert record.school_id == cast.lycee.pk
    assert record.target_label == "2de 4"
    assert record.details == {"people": 1, "on_paper": False}


def test_the_journal_knows_who_took_the_list_on_paper(cast):
    cast.signed_in("mme_fabre").get(division_url(cast))
    cast.signed_in("ines").get(f"{division_url(cast)}?imprimer=1")
    with scope.use(scope.EVERYTHING):
        assert not Record.objects.filter(action="directory.export_list").exists()
    cast.signed_in("mme_fabre").get(f"{division_url(cast)}?imprimer=1")
    with scope.use(scope.EVERYTHING):
        record = Record.objects.get(action="directory.export_list")
    assert (record.actor_person, record.target_label) == (cast.mme_fabre.pk, "2de 4")
    assert record.details == {"people": 1, "on_paper": True}


def test_the_file_of_a_teacher_leaves_birth_dates_out(cast):
    group = reverse("directory:group_file", args=[cast.groups["2DE4GR1"].pk])
    (_header, row) = file_rows(cast.signed_in("mme_fabre").get(group))
    assert row == ["Moreau", "Inès", "2de 4", "Maths, groupe 1", "", "ines@ent.example"]


def test_a_name_that_looks_like_a_formula_stays_a_name(cast):
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=cast.ines.pk).update(last_name='=HYPERLINK("http://x.invalid")')
    (_header, row) = file_rows(cast.signed_in("m_lemaire").get(f"{division_url(cast)}liste.csv"))
    assert row[0] == '\'=HYPERLINK("http://x.invalid")'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_begins_like_a_formula_is_held_by_an_apostrophe(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(f"a{start}") == f"a{start}"


# --- Words ---


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("6EME", "Sixième"),
        ("2NDE GENERALE ET TECHNO YC BT", "Seconde"),
        ("2NDE PROFESSIONNELLE", "Seconde professionnelle"),
        ("1ERE PROFESSIONNELLE", "Première professionnelle"),
        ("PREMIERE GENERALE & TECHNO YC BT", "Première"),
        ("TERMINALE GENERALE & TECHNO YC BT", "Terminale"),
        ("CAP 2 ANS 1ERE ANNEE", "CAP, 1re année"),
        ("BTSA 2 ANS 2EME ANNEE", "BTSA, 2e année"),
        ("1CAP2 BOULANGER", "CAP, 1re année"),
        ("1BTS2 COMPTA. GESTION DES ORGANISATIONS", "BTS, 1re année"),
        ("", "Autres classes"),
    ],
)
def test_levels_are_said_in_words(level, words):
    assert level_label(Division(level=level)) == words


def test_divisions_are_counted_as_one_counts():
    assert sorted(["2de 10", "2de 4", "1re 2"], key=natural) == ["1re 2", "2de 4", "2de 10"]


# --- The school ---


def test_a_school_says_how_to_reach_it_who_heads_it_and_who_looks_after_its_ent(cast):
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.m_lemaire, office="correspondant", school=cast.lycee, starts=STARTS)
        Delegation.objects.create(
            person=cast.mme_fabre,
            office="correspondant",
            school=cast.lycee,
            starts=date(2025, 9, 1),
            ends=date(2026, 7, 1),
        )
    html = page(cast.signed_in("ines"), "/etablissement/")
    assert "1 quai de la Loire" in html
    assert 'href="tel:0261911000"' in html
    assert "Mme\u00a0Anne Dupont" in html
    assert "M.\u00a0Julien Lemaire" in html
    assert "Hélène Fabre" not in html


def test_a_guardian_reads_the_school_of_the_child_shown(cast):
    client = cast.signed_in("claire")
    client.post("/changer/", {"choix": f"c{cast.malo.pk}"})
    assert "Marc Tessier" in page(client, "/etablissement/")


def test_the_region_reads_the_public_card_of_any_school_and_no_name(cast):
    html = page(cast.signed_in("region_officer"), reverse("directory:school_card", args=[cast.lycee.pk]))
    assert "02\u00a061\u00a091\u00a010\u00a000" in html
    assert "Dupont" not in html


def test_someone_elses_school_has_no_card(cast):
    page(cast.signed_in("ines"), reverse("directory:school_card", args=[cast.college.pk]), 404)
