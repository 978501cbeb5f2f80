"""Looking people up, and their cards, as the browser gets them."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ent.directory.enums import LegalDuty, Profile, Relation, Source
from ent.directory.models import Apprenticeship, Enrolment, Guardianship, Membership, Person
from ent.directory.queries.cards import written_phone
from ent.directory.queries.wording import written
from ent.foundation.schools import scope
from ent.foundation.search.actions import refresh_schools
from tests.cast import STARTS, Cast

PHONE = "06\u00a039\u00a098\u00a010\u00a010"


def page(client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def card(cast: Cast, viewer: str, person: str, status: int = 200) -> str:
    return page(cast.signed_in(viewer), reverse("directory:person", args=[cast.people[person].pk]), status)


def found(html: str) -> list[str]:
    """The names of the list, in order."""
    return re.findall(r'<a href="/annuaire/\d+/">([^<]+)</a>', html)


def add_pupils(cast: Cast, last_names: list[str]) -> list[Person]:
    with scope.use(scope.EVERYTHING):
        people = [Person.objects.create(first_name="Zoé", last_name=name) for name in last_names]
        for person in people:
            membership = Membership.objects.create(
                person=person, school=cast.lycee, profile=Profile.PUPIL, starts=STARTS
            )
            Enrolment.objects.create(
                school=cast.lycee, membership=membership, division=cast.divisions["2de 4"], starts=STARTS
            )
    return people


# --- The list ---


def test_the_list_says_how_many_and_is_ordered_as_french_names_are(cast):
    add_pupils(cast, ["Évrard", "Zola", "estève"])
    html = page(cast.signed_in("m_lemaire"), "/annuaire/")
    assert "9\u00a0personnes" in html
    assert found(html) == [
        "Blin Noé",
        "Dupont Anne",
        "estève Zoé",
        "Évrard Zoé",
        "Fabre Hélène",
        "Lemaire Julien",
        "Moreau Claire",
        "Moreau Inès",
        "Zola Zoé",
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("q=ines", ["Moreau Inès"]),
        ("q=INÈS+mor", ["Moreau Inès"]),
        ("q=moreau", ["Moreau Claire", "Moreau Inès"]),
        ("q=oreau", []),
        ("q=moreau&profil=responsables", ["Moreau Claire"]),
        ("profil=personnels", ["Dupont Anne", "Fabre Hélène", "Lemaire Julien"]),
        ("profil=eleves", ["Blin Noé", "Moreau Inès"]),
        ("profil=nimporte&classe=abc&page=99", None),
        ("q=%00%25_'", []),
    ],
)
def test_words_families_and_divisions_narrow_the_list(cast, asked, names):
    html = page(cast.signed_in("m_lemaire"), f"/annuaire/?{asked}")
    if names is None:
        assert len(found(html)) == 6
    else:
        assert found(html) == names


@pytest.mark.parametrize("asked", ["jean-pierre", "pie jea", "arc", "d'arc", "D’Arc jean"])
def test_a_name_is_found_by_the_beginning_of_any_of_its_parts(cast, asked):
    with scope.use(scope.EVERYTHING):
        person = Person.objects.create(first_name="Jean-Pierre", last_name="d’Arc")
        Membership.objects.create(person=person, school=cast.lycee, profile=Profile.TEACHER, starts=STARTS)
    html = cast.signed_in("m_lemaire").get("/annuaire/", {"q": asked}).content.decode()
    assert found(html) == ["d’Arc Jean-Pierre"]


def test_around_a_division_are_its_pupils_their_guardians_and_its_teachers(cast):
    html = page(cast.signed_in("m_lemaire"), f"/annuaire/?classe={cast.divisions['2de 4'].pk}")
    assert found(html) == ["Fabre Hélène", "Moreau Claire", "Moreau Inès"]


def test_the_division_of_another_school_is_no_filter(cast):
    html = page(cast.signed_in("m_lemaire"), f"/annuaire/?classe={cast.divisions['5e B'].pk}")
    assert len(found(html)) == 6


def test_each_line_says_the_division_the_subjects_or_the_children(cast):
    html = page(cast.signed_in("m_lemaire"), "/annuaire/")
    assert '<td class="ent-desk ent-soft">2de 4</td>' in html
    assert '<td class="ent-desk ent-soft">Mathématiques</td>' in html
    assert '<td class="ent-desk ent-soft">Inès Moreau</td>' in html


def test_nobody_found_says_what_to_do_next(cast):
    html = page(cast.signed_in("m_lemaire"), "/annuaire/?q=zzz")
    assert "Personne ne correspond" in html
    assert "Voir tout l’annuaire" in html


def test_a_pupil_is_offered_neither_guardians_nor_divisions_to_look_among(cast):
    html = page(cast.signed_in("ines"), "/annuaire/?profil=responsables")
    assert "profil=responsables" not in html
    assert 'name="classe"' not in html
    assert "Moreau Claire" not in found(html)


def test_the_list_goes_by_thirty_and_keeps_what_was_asked(cast):
    add_pupils(cast, [f"Martin{number:02}" for number in range(40)])
    html = page(cast.signed_in("m_lemaire"), "/annuaire/?q=martin&page=2")
    assert len(found(html)) == 10
    assert "31 à 40 sur 40" in html
    assert "q=martin" in html


def test_the_list_costs_as_many_queries_for_thirty_people_as_for_one(cast):
    client = cast.signed_in("m_lemaire")
    page(client, "/annuaire/")
    with CaptureQueriesContext(connection) as for_one:
        assert len(found(page(client, "/annuaire/?q=ines"))) == 1
    add_pupils(cast, [f"Martin{number:02}" for number in range(30)])
    with CaptureQueriesContext(connection) as for_thirty:
        assert len(found(page(client, "/annuaire/?q=martin"))) == 30
    assert len(for_thirty) == len(for_one)


def test_typing_gets_that_part_of_the_page_alone(cast):
    client = cast.signed_in("m_lemaire")
    fragment = client.get("/annuaire/?q=moreau", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.strip() in page(client, "/annuaire/?q=moreau")


def test_the_region_chooses_a_school_before_looking_people_up(cast):
    assert "Choisissez un établissement" in page(cast.signed_in("region_officer"), "/annuaire/", 403)


# --- The card ---


def test_the_office_reads_on_a_pupils_card_whom_to_call_in_which_order(cast):
    with scope.use(scope.EVERYTHING):
        father = Person.objects.create(first_name="Thomas", last_name="Moreau", contact={"mobile": "0639981022"})
        uncle = Person.objects.create(first_name="Paul", last_name="Moreau")
        for person, relation, legal, rank in (
            (uncle, Relation.FAMILY, LegalDuty.NONE, 0),
            (father, Relation.FATHER, LegalDuty.LEGAL, 2),
        ):
            Membership.objects.create(person=person, school=cast.lycee, profile=Profile.GUARDIAN, starts=STARTS)
            Guardianship.objects.create(
                pupil=cast.ines, guardian=person, relation=relation, legal=legal, contact_rank=rank
            )
    html = card(cast, "m_lemaire", "ines")
    assert html.index("Claire Moreau") < html.index("Thomas Moreau") < html.index("Paul Moreau")
    assert "Mère, représentant légal, à prévenir en premier" in html
    assert "Père, représentant légal, à prévenir ensuite" in html
    assert "Autre membre de la famille, contact" in html
    assert 'href="tel:0639981022"' in html


def test_a_pupil_reads_their_own_card_without_any_phone_number(cast):
    html = card(cast, "ines", "ines")
    assert "Claire Moreau" in html
    assert "12 avril 2011" in html
    assert PHONE not in html
    assert "tel:" not in html


def test_a_guardian_reads_their_childs_teachers_and_not_the_other_guardians_phone(cast):
    with scope.use(scope.EVERYTHING):
        father = Person.objects.create(first_name="Thomas", last_name="Moreau", contact={"mobile": "0639981022"})
        Membership.objects.create(person=father, school=cast.lycee, profile=Profile.GUARDIAN, starts=STARTS)
        Guardianship.objects.create(pupil=cast.ines, guardian=father, relation=Relation.FATHER, legal=LegalDuty.LEGAL)
    html = card(cast, "claire", "ines")
    assert "Mme\u00a0Fabre" in html
    assert "Mathématiques" in html
    assert "Thomas Moreau" in html
    assert "0639981022" not in html
    assert reverse("directory:person", args=[father.pk]) not in html


@pytest.mark.parametrize(
    ("legal", "said", "unsaid"),
    [
        (LegalDuty.IN_CHARGE, ("2de 4", "Mme\u00a0Fabre"), ("avril 2011", "Responsables")),
        (LegalDuty.NONE, (), ("2de 4", "Fabre", "avril 2011", "Responsables", "Maths, groupe 1")),
    ],
)
def test_a_guardian_without_authority_reads_what_their_duty_opens(cast, legal, said, unsaid):
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(pupil=cast.malo).delete()
        Guardianship.objects.filter(pupil=cast.ines, guardian=cast.claire).update(legal=legal)
        Membership.objects.filter(person=cast.claire, school=cast.college).delete()
    html = card(cast, "claire", "ines")
    assert "Inès" in html
    for words in said:
        assert words in html, words
    for words in unsaid:
        assert words not in html, words


def test_a_mere_contact_reads_the_childs_division_nowhere(cast):
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(pupil=cast.ines, guardian=cast.claire).update(legal=LegalDuty.NONE)
        refresh_schools()
    client = cast.signed_in("claire")
    client.post("/changer/", {"choix": f"c{cast.ines.pk}"})
    own_card = reverse("directory:person", args=[cast.claire.pk])
    for address in ("/", "/annuaire/?q=moreau", own_card, "/recherche/?q=moreau", "/recherche/?q=2de", "/mon-compte/"):
        html = page(client, address)
        assert "2de 4" not in html, address
        assert "2011" not in html, address
    for name, kind in (("2de 4", "division"), ("2DE4GR1", "group")):
        place = cast.divisions[name] if kind == "division" else cast.groups[name]
        page(client, reverse(f"directory:{kind}", args=[place.pk]), 404)
    assert "5e B" in page(client, "/annuaire/?q=moreau"), "the child for whom she answers is shown with his division"


def test_the_home_of_a_mere_contact_says_why_it_is_bare_and_whom_to_ask(cast):
    whom_to_ask = "adressez-vous au secrétariat de l’établissement ou à son correspondant ENT"
    client = cast.signed_in("claire")
    client.post("/changer/", {"choix": f"c{cast.ines.pk}"})
    assert whom_to_ask not in page(client, "/")
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(pupil=cast.ines, guardian=cast.claire).update(legal=LegalDuty.NONE)
    html = page(client, "/")
    assert "Vous figurez comme simple contact d’Inès" in html
    assert whom_to_ask in html


def test_the_home_of_a_guardian_of_nobody_says_so(cast):
    with scope.use(scope.EVERYTHING):
        Guardianship.objects.filter(guardian=cast.claire).delete()
    assert "Aucun enfant n’est rattaché à votre compte" in page(cast.signed_in("claire"), "/")


def test_a_classmate_reads_a_name_and_a_division_and_nothing_else(cast):
    (zoe,) = add_pupils(cast, ["Lopez"])
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=zoe.pk).update(email="zoe@ent.example", birth_date=date(2011, 3, 2))
    cast.people["zoe"] = zoe
    html = card(cast, "ines", "zoe")
    assert "2de 4" in html
    for unsaid in ("zoe@ent.example", "2011", "Responsables", "Enseignants"):
        assert unsaid not in html, unsaid


def test_a_teachers_card_says_what_they_teach_and_whom_they_head(cast):
    html = card(cast, "m_lemaire", "mme_fabre")
    assert reverse("directory:division", args=[cast.divisions["2de 4"].pk]) in html
    assert "Professeur principal" in html
    assert "mailto:mme.fabre@ent.example" in html
    html = card(cast, "claire", "mme_fabre")
    assert "2de 4" in html
    assert PHONE not in html


def test_the_staff_read_on_a_guardians_card_the_children_of_their_school_alone(cast):
    html = card(cast, "m_lemaire", "claire")
    assert "Inès Moreau" in html
    assert "Malo" not in html
    assert PHONE in html


def test_an_apprentice_reads_their_company_and_their_master(cast):
    with scope.use(scope.EVERYTHING):
        master = Membership.objects.create(
            person=cast.karim, school=cast.cfa, profile=Profile.MASTER, starts=STARTS, source=Source.CSV
        )
        Apprenticeship.objects.create(
            school=cast.cfa,
            apprentice=cast.membership("lucas"),
            master=master,
            company="Boulangerie Garnier",
            starts=STARTS,
        )
    html = card(cast, "lucas", "lucas")
    assert "Boulangerie Garnier" in html
    assert "Karim Benali" in html


@pytest.mark.parametrize(
    ("viewer", "person"),
    [("ines", "noe"), ("ines", "claire"), ("mme_fabre", "malo"), ("claire", "sofia"), ("region_officer", "ines")],
)
def test_the_card_of_someone_one_may_not_see_does_not_exist(cast, viewer, person):
    card(cast, viewer, person, 404)


def test_a_card_costs_as_many_queries_for_five_guardians_as_for_one(cast):
    client = cast.signed_in("m_lemaire")
    url = reverse("directory:person", args=[cast.ines.pk])
    page(client, url)
    with CaptureQueriesContext(connection) as for_one:
        page(client, url)
    with scope.use(scope.EVERYTHING):
        for number in range(4):
            person = Person.objects.create(first_name=f"Tante {number}", last_name="Moreau")
            Membership.objects.create(person=person, school=cast.lycee, profile=Profile.GUARDIAN, starts=STARTS)
            Guardianship.objects.create(pupil=cast.ines, guardian=person)
    with CaptureQueriesContext(connection) as for_five:
        page(client, url)
    assert len(for_five) == len(for_one)


# --- Words ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("0639981010", PHONE),
        ("06.39.98.10.10", PHONE),
        ("+33 6 39 98 10 10", PHONE),
        ("+32 2 123 45 67", "+32 2 123 45 67"),
    ],
)
def test_a_french_number_is_written_by_pairs(given, expected):
    assert written_phone(given) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("ANGLAIS LV1", "Anglais LV1"),
        ("FRANCAIS", "Français"),
        ("HISTOIRE-GEOGRAPHIE", "Histoire-géographie"),
        ("CONSEILLER PRINCIPAL D'EDUCATION", "Conseiller principal d’éducation"),
        ("Maths expertes", "Maths expertes"),
    ],
)
def test_the_labels_of_the_nomenclatures_get_their_accents_back(label, expected):
    assert written(label) == expected


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("m_lemaire", "/"),
        ("m_lemaire", "/annuaire/"),
        ("m_lemaire", "/recherche/?q=moreau"),
        ("claire", "/"),
        ("claire", "/annuaire/"),
        ("mme_fabre", "/"),
        ("m_tessier", "/administration/comptes/"),
    ],
)
def test_a_page_asks_the_database_twelve_times_at_most(cast, person, path):
    client = cast.signed_in(person)
    client.get(path)  # the session learns its person
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    # The transaction around a test adds its savepoint, and puts back the scope it had.
    asked = [query["sql"] for query in queries if "SAVEPOINT" not in (query["sql"] or "")]
    assert len(asked) - 1 <= 12
