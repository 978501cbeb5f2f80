"""A delta: what it names is added, changed, cleared or closed; what it does not name stays."""

from datetime import date

from ent.directory.enums import Profile, RunState
from ent.directory.models import Guardianship, Membership, Person, Schooling, TeachingAssignment
from ent.directory.tests.aaf_region import (
    COLLEGE,
    LYCEE,
    MONDAY,
    TUESDAY,
    academy,
    effects,
    groups,
    guardian,
    membership,
    person,
    places,
    pupil,
    sentences,
    teacher,
    usual,
)
from ent.directory.tests.aaf_text import add, delete, modify

__all__ = ["academy"]
WEDNESDAY = date(2026, 11, 25)


def test_what_a_delta_does_not_name_stays(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[modify("Eleve", "2001", mail="malo@eleve.example")])
    assert (run.state, run.is_delta) == (RunState.APPLIED, True)
    assert person("2001").email == "malo@eleve.example"
    assert person("2001").first_name == "Malo"
    assert membership("2001").ends is None
    assert membership("2002").ends is None
    assert places("2001") == [("5e B", date(2026, 9, 1), None)]
    assert Guardianship.objects.filter(pupil=person("2001")).count() == 1


def test_an_empty_value_clears(academy):
    academy.deliver(usual())
    academy.delta(
        Eleve=[modify("Eleve", "2001", ENTEleveMEF="", ENTEleveGroupes="", ENTEleveRegime="", ENTPersonVille="")],
        PersRelEleve=[modify("PersRelEleve", "3001", mobile="", mail="")],
        PersEducNat=[modify("PersEducNat", "4001", ENTAuxEnsClassesMatieres="", ENTAuxEnsClassesPrincipal="")],
    )
    schooling = Schooling.objects.get(membership=membership("2001"))
    assert (schooling.mef, schooling.social) == (None, None)
    assert groups("2001", TUESDAY) == []
    assert "city" not in person("2001").contact
    assert person("2001").contact["address"] == ["12, rue du Pont"]
    assert person("3001").contact == {"address": ["12, rue du Pont"]}
    assert person("3001").email == ""
    assert not TeachingAssignment.objects.exists()


def test_an_arrival_with_a_new_guardian(academy):
    academy.deliver(usual())
    run = academy.delta(
        Eleve=[pupil("2500", "Soline", "BARREAU", guardians=["3500$10$1$1$1$1"])],
        PersRelEleve=[guardian("3500", "Anne", "BARREAU")],
    )
    assert {("cree", "Soline Barreau"), ("cree", "Anne Barreau")} == effects(run)
    assert run.changes.get(label="Soline Barreau").fields == [["Classe", "", "5e B"]]
    assert Membership.objects.get(person=person("3500")).school.uai == "0379901L"


def test_a_departure_closes_the_pupil_and_the_place_it_gave_to_the_guardian(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[delete("Eleve", "2001")])
    assert membership("2001").ends == TUESDAY
    assert Membership.objects.get(person=person("3001"), school__uai="0379901L").ends == TUESDAY
    assert Membership.objects.get(person=person("3001"), school__uai="0379902M").ends is None
    assert run.changes.get(label="Malo Moreau").fields == [["Inscription", "5e B", ""]]


def test_a_guardian_deleted_answers_for_nobody(academy):
    academy.deliver(usual())
    academy.delta(PersRelEleve=[delete("PersRelEleve", "3001")])
    assert not Guardianship.objects.exists()
    assert {row.ends for row in Membership.objects.filter(person=person("3001"))} == {TUESDAY}


def test_a_member_of_staff_deleted_leaves_and_teaches_nobody(academy):
    academy.deliver({**usual(), "PersEducNat": [*usual()["PersEducNat"], *(
        teacher(f"410{number}", f"Prénom {'abcdefgh'[number]}", "ROY") for number in range(8)
    )]})  # fmt: skip
    academy.delta(PersEducNat=[delete("PersEducNat", "4001")])
    assert membership("4001").ends == TUESDAY
    assert not TeachingAssignment.objects.exists()


def test_deleting_twice_changes_nothing(academy):
    academy.deliver(usual())
    academy.delta(Eleve=[delete("Eleve", "2001")])
    run = academy.delta(Eleve=[delete("Eleve", "2001")], day=WEDNESDAY)
    assert membership("2001").ends == TUESDAY
    assert not run.changes.exists()


def test_a_pupil_who_changes_school_leaves_one_and_enters_the_other(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[modify("Eleve", "2001", ENTPersonStructRattach=LYCEE, ENTEleveClasses=f"{LYCEE}$2D4")])
    rows = {row.school.uai: row.ends for row in Membership.objects.filter(person=person("2001"))}
    assert rows == {"0379901L": TUESDAY, "0379902M": None}
    assert {("ferme", "Malo Moreau"), ("cree", "Malo Moreau")} <= effects(run)
    assert places("2001") == [("5e B", date(2026, 9, 1), TUESDAY), ("2de 4", TUESDAY, None)]


def test_a_pupil_who_becomes_an_apprentice_changes_and_does_not_leave(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[modify("Eleve", "2001", ENTEleveStatutEleve="APPRENTI")])
    assert membership("2001", Profile.APPRENTICE).ends is None
    assert membership("2001", Profile.PUPIL).ends == TUESDAY
    assert ("modifie", "Malo Moreau") in effects(run)
    assert run.schools.get(school__uai="0379901L").leaving == 0


def test_a_reference_outside_the_files_is_found_in_the_directory(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[pupil("2500", "Tom", "MOREAU", guardians=["3001$10$1$1$1$1"])])
    assert Guardianship.objects.get(pupil=person("2500")).guardian == person("3001")
    assert sentences(run) == []


def test_a_pupil_whose_guardian_is_unknown_is_imported_and_the_link_reported(academy):
    academy.deliver(usual())
    run = academy.delta(Eleve=[pupil("2500", "Tom", "ROY", guardians=["3999$10$1$1$1$1"])])
    assert membership("2500").ends is None
    anomaly = run.anomalies.get()
    assert (anomaly.entry, anomaly.field, anomaly.value) == ("2500", "ENTElevePersRelEleve", "3999")
    assert anomaly.file == "ENT_Delta_20261124_Eleve_0000.xml"
    assert anomaly.school.uai == "0379901L"
    assert "3999" in anomaly.sentence
    assert run.counts["eleves"]["anomalies"] == 1


def test_the_link_is_made_when_the_guardian_comes_at_last(academy):
    academy.deliver(usual())
    files = usual()
    files["Eleve"].append(pupil("2500", "Tom", "ROY", guardians=["3999$10$1$1$1$1"]))
    academy.deliver(files, day=TUESDAY)
    files["PersRelEleve"].append(guardian("3999", "Anne", "ROY"))
    academy.deliver(files, day=WEDNESDAY)
    assert Guardianship.objects.get(pupil=person("2500")).guardian == person("3999")


def test_what_cannot_be_found_is_reported_and_the_rest_imported(academy):
    academy.deliver(usual())
    run = academy.delta(
        Eleve=[
            pupil("2500", "Tom", "ROY", division="6Z", groups=["XXX"], ENTEleveMEF="99999999999"),
            modify("Eleve", "2777", mail="x@y.example"),
            pupil("2501", "Ana", "ROY", school="7777", division=""),
        ],
        PersEducNat=[
            modify("PersEducNat", "4001", ENTAuxEnsClassesMatieres=[f"{COLLEGE}$5B$999999", f"{COLLEGE}$6Z$061300"])
        ],
    )
    found = " ".join(sentences(run))
    for value in ("6Z", "XXX", "99999999999", "7777", "999999"):
        assert value in found
    assert "personne inconnue" in found
    assert membership("2500").ends is None
    assert places("2500") == []
    assert TeachingAssignment.objects.get().subject is None
    assert not Person.objects.filter(first_name="Ana").exists()


def test_a_delta_of_structures_renames_and_shuts(academy):
    academy.deliver(usual())
    run = academy.delta(
        EtabEducNat=[
            modify("EtabEducNat", COLLEGE, ENTStructureClasses=["5A$5e Alpha$10210001110", "5B$5e B$10210001110"])
        ]
    )
    line = run.changes.get(entity="structures")
    assert (line.effect, line.label, line.fields) == ("modifie", "5e Alpha", [["Nom", "5e A", "5e Alpha"]])


def test_the_complete_files_of_before_the_delta_are_looked_at_again(academy):
    academy.deliver(usual())
    academy.delta(Eleve=[modify("Eleve", "2001", mail="malo@eleve.example")])
    academy.deliver(usual(), day=WEDNESDAY)
    assert person("2001").email == "malo@eleve.example"  # the complete entry does not speak of it
    academy.delta(PersRelEleve=[modify("PersRelEleve", "3001", mobile="06 39 98 20 20")], day=WEDNESDAY)
    academy.deliver(usual(), day=WEDNESDAY)
    assert person("3001").contact["mobile"] == "06 39 98 10 10"


def test_old_files_never_bring_the_past_back(academy):
    academy.deliver(usual(), day=WEDNESDAY)
    run = academy.delta(Eleve=[delete("Eleve", "2001")], day=MONDAY)
    assert run.state == RunState.FAILED
    assert "plus récents" in run.failure
    assert membership("2001").ends is None


def test_the_old_forms_of_2013_are_understood(academy):
    academy.deliver(usual())
    academy.delta(
        EtabEducNat=[add("EtabEducNat", "1003", ENTEtablissementUAI="0379903N", ENTStructureNomCourant="LPA du Véron",
                         ENTStructureClasses="2A$2de A")],
        Eleve=[add("Eleve", "2700", sn="BENALI", givenName="Sofia", ENTPersonStructRattach="1003",
                   ENTEleveClasses="1003$2A", ENTElevePere="3700", ENTEleveAutoriteParentale="3700")],
        PersRelEleve=[guardian("3700", "Karim", "BENALI")],
    )  # fmt: skip
    link = Guardianship.objects.get(pupil=person("2700"))
    assert (link.relation, link.legal, link.guardian.first_name) == ("20", 1, "Karim")
