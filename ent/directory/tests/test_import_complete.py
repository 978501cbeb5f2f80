"""A complete import: everything the files say is in the directory, and who is no longer in them leaves."""

from datetime import date

import pytest

from ent.directory.enums import LegalDuty, Profile, Relation, RunState
from ent.directory.models import (
    Division,
    Enrolment,
    ExternalId,
    Guardianship,
    HeadTeacher,
    ImportSchool,
    Mef,
    Membership,
    NationalSubject,
    Person,
    Schooling,
    SourceEntry,
    StaffFunction,
    StagedEntry,
    TeachingAssignment,
)
from ent.directory.tests.aaf_region import (
    COLLEGE,
    LYCEE,
    MONDAY,
    TUESDAY,
    academy,
    college,
    effects,
    groups,
    guardian,
    lycee,
    membership,
    person,
    places,
    pupil,
    sentences,
    teacher,
    usual,
)
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools.enums import SchoolKind, YearState
from ent.foundation.schools.models import School, SchoolYear

__all__ = ["academy"]


def test_unknown_schools_open_with_what_the_files_say_of_them(academy):
    run = academy.deliver(usual())
    assert run.state == RunState.APPLIED
    school = School.objects.get(uai="0379901L")
    assert (school.name, school.kind, school.city, school.source_id, school.is_open) == (
        "Bords-de-Loire", SchoolKind.COLLEGE, "Amboise", COLLEGE, True,
    )  # fmt: skip
    year = SchoolYear.objects.get(school=school)
    assert (year.label, year.starts, year.state) == ("2026-2027", date(2026, 9, 1), YearState.CURRENT)


def test_nomenclatures_divisions_and_groups_are_in(academy):
    academy.deliver(usual())
    assert Mef.objects.get(code="10210001110").label == "5EME"
    assert NationalSubject.objects.get(code="061300").label == "MATHEMATIQUES"
    division = Division.objects.get(code="5B")
    assert (division.label, division.mef.label) == ("5e B", "5EME")
    assert sorted(group.label for group in division.groups.all()) == ["Allemand", "Latin"]


def test_a_pupil_comes_with_everything_their_entry_says(academy):
    academy.deliver(usual())
    malo = person("2001")
    assert (malo.first_name, malo.last_name, malo.civility) == ("Malo", "Moreau", "M.")
    assert malo.birth_date == date(2014, 2, 14)
    assert malo.ine == "2001AA"
    assert malo.contact == {"address": ["12, rue du Pont"], "postal_code": "37400", "city": "AMBOISE"}
    row = membership("2001")
    assert (row.profile, row.school.uai, row.ends) == (Profile.PUPIL, "0379901L", None)
    schooling = Schooling.objects.get(membership=row)
    assert schooling.mef.code == "10210001110"
    assert schooling.social == {"boarding": "EXTERNE LIBRE"}
    assert places("2001") == [("5e B", date(2026, 9, 1), None)]
    assert groups("2001") == ["Latin"]
    assert ExternalId.objects.get(person=malo, system="siecle").issuer == "0379901L"


def test_apprentices_are_told_by_their_status(academy):
    files = usual()
    files["Eleve"].append(pupil("2003", "Lucas", "PERRIN", ENTEleveStatutEleve="APPRENTI"))
    academy.deliver(files)
    assert membership("2003").profile == Profile.APPRENTICE


def test_a_guardian_belongs_to_every_school_of_their_wards(academy):
    academy.deliver(usual())
    claire = person("3001")
    rows = Membership.objects.filter(person=claire)
    assert {(row.school.uai, row.profile) for row in rows} == {
        ("0379901L", Profile.GUARDIAN), ("0379902M", Profile.GUARDIAN),
    }  # fmt: skip
    link = Guardianship.objects.get(pupil=person("2001"))
    assert (link.guardian, link.relation, link.legal, link.pays, link.contact_rank, link.payment_rank) == (
        claire, Relation.MOTHER, LegalDuty.LEGAL, True, 1, 1,
    )  # fmt: skip


def test_guardians_are_called_in_the_order_of_contact(academy):
    files = usual()
    files["Eleve"] = [pupil("2001", guardians=["3002$2$0$1$0$0", "3001$10$1$1$1$1", "3003$90$0$0$0$0"])]
    files["PersRelEleve"] += [guardian("3002", "Thomas"), guardian("3003", "Odile")]
    academy.deliver(files)
    ranks = {link.guardian.first_name: link.contact_rank for link in Guardianship.objects.all()}
    assert ranks == {"Claire": 1, "Thomas": 2, "Odile": 0}


def test_a_teacher_has_functions_services_and_a_division(academy):
    academy.deliver(usual())
    row = membership("4001")
    assert (row.profile, row.function) == (Profile.TEACHER, "MATHEMATIQUES")
    assert StaffFunction.objects.get(membership=row).discipline_code == "L1300"
    service = TeachingAssignment.objects.get(membership=row)
    assert (service.division.code, service.subject.code) == ("5B", "061300")
    assert HeadTeacher.objects.get(membership=row).division.code == "5B"


def test_one_person_works_in_two_schools_under_two_profiles(academy):
    files = usual()
    files["PersEducNat"] = [
        teacher("4001", ENTPersonFonctions=[f"{COLLEGE}$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
                                            f"{LYCEE}$DOC$DOCUMENTATION$$", f"{COLLEGE}$DIR$DIRECTION$$"])
    ]  # fmt: skip
    academy.deliver(files)
    rows = Membership.objects.filter(person=person("4001"))
    assert {(row.school.uai, row.profile) for row in rows} == {
        ("0379901L", Profile.TEACHER), ("0379901L", Profile.HEADSHIP), ("0379902M", Profile.LIBRARIAN),
    }  # fmt: skip


def test_each_person_has_an_account_that_opens_nothing_yet(academy):
    academy.deliver(usual())
    account = person("4001").account
    assert account.identifier == "helene.fabre"
    assert account.activated_at is None
    assert not account.has_usable_password()
    assert not account.check_password("!")


def test_homonyms_are_numbered_in_the_order_of_their_entries_and_never_merged(academy):
    Account.objects.create(identifier="lea.martin")
    files = usual()
    files["Eleve"] += [pupil(entry, "Léa", "MARTIN") for entry in ("2105", "2103", "2104")]
    academy.deliver(files)
    identifiers = [person(entry).account.identifier for entry in ("2103", "2104", "2105")]
    assert identifiers == ["lea.martin2", "lea.martin3", "lea.martin4"]


def test_importing_the_same_files_again_changes_nothing(academy):
    academy.deliver(usual())
    before = state()
    run = academy.deliver(usual(), day=TUESDAY)
    assert state() == before
    assert run.counts["eleves"] == {
        "created": 0, "changed": 0, "closed": 0, "reopened": 0, "unchanged": 12, "anomalies": 0,
    }  # fmt: skip
    assert not run.changes.exists()


def test_the_same_files_without_memory_of_them_change_nothing_either(academy):
    academy.deliver(usual())
    SourceEntry.objects.all().delete()
    before = state()
    run = academy.deliver(usual())
    assert state() == before
    assert not run.changes.exists()


def test_who_is_no_longer_in_the_files_leaves_with_three_months_of_grace(academy):
    academy.deliver(usual())
    files = usual()
    del files["Eleve"][0]
    run = academy.deliver(files, day=TUESDAY)
    row = membership("2001")
    assert (row.ends, row.grace_until) == (TUESDAY, date(2027, 2, 24))
    assert places("2001") == [("5e B", date(2026, 9, 1), TUESDAY)]
    assert groups("2001", date(2026, 11, 25)) == []
    closed = Membership.objects.get(person=person("3001"), school__uai="0379901L")
    assert closed.ends == TUESDAY
    assert Membership.objects.get(person=person("3001"), school__uai="0379902M").ends is None
    assert ("ferme", "Malo Moreau") in effects(run)
    assert run.counts["eleves"]["closed"] == 1


def test_who_comes_back_finds_their_place_again(academy):
    academy.deliver(usual())
    files = usual()
    del files["Eleve"][0]
    academy.deliver(files, day=TUESDAY)
    run = academy.deliver(usual(), day=date(2026, 11, 30))
    row = membership("2001")
    assert (row.ends, row.grace_until) == (None, None)
    assert ("rouvert", "Malo Moreau") in effects(run)
    assert places("2001") == [("5e B", date(2026, 9, 1), TUESDAY), ("5e B", date(2026, 11, 30), None)]
    assert Person.objects.filter(last_name="Moreau", first_name="Malo").count() == 1


def test_a_change_of_division_keeps_its_history(academy):
    academy.deliver(usual())
    files = usual()
    files["Eleve"][0] = pupil("2001", guardians=["3001$10$1$1$1$1"], division="5A", groups=["ALL"])
    run = academy.deliver(files, day=TUESDAY)
    assert places("2001") == [("5e B", date(2026, 9, 1), MONDAY), ("5e A", TUESDAY, None)]
    assert groups("2001", TUESDAY) == ["Allemand"]
    line = run.changes.get(label="Malo Moreau")
    assert line.effect == "modifie"
    assert ["Classe", "5e B", "5e A"] in line.fields
    assert ["Groupe", "Latin", "Allemand"] in line.fields


def test_a_division_changed_twice_the_same_day_leaves_one_line(academy):
    academy.deliver(usual())
    for division in ("5A", "5B", "5A"):
        files = usual()
        files["Eleve"][0] = pupil("2001", guardians=["3001$10$1$1$1$1"], division=division)
        academy.deliver(files, day=TUESDAY)
    assert places("2001")[-1] == ("5e A", TUESDAY, None)
    assert len(places("2001")) == 2


def test_a_field_that_changes_is_shown_before_and_after(academy):
    academy.deliver(usual())
    files = usual()
    files["PersRelEleve"] = [guardian("3001", ENTPersonAdresse="4, quai d'Orléans$$$", mobile="")]
    run = academy.deliver(files, day=TUESDAY)
    assert person("3001").contact == {"address": ["4, quai d'Orléans"]}
    line = run.changes.filter(label="Claire Moreau").first()
    assert ["Adresse", "12, rue du Pont", "4, quai d'Orléans"] in line.fields
    assert ["Téléphone portable", "06 39 98 10 10", ""] in line.fields


def test_a_service_and_a_charge_of_head_teacher_given_up_disappear(academy):
    academy.deliver(usual())
    files = usual()
    files["PersEducNat"] = [teacher("4001", ENTAuxEnsClassesMatieres="", ENTAuxEnsClassesPrincipal="")]
    academy.deliver(files, day=TUESDAY)
    assert not TeachingAssignment.objects.exists()
    assert not HeadTeacher.objects.exists()
    assert membership("4001").ends is None


def test_a_division_no_longer_named_is_shut(academy):
    academy.deliver(usual())
    files = usual()
    files["EtabEducNat"] = [college(ENTStructureGroupes=["LAT$Latin$5A$5B"]), lycee()]
    run = academy.deliver(files, day=TUESDAY)
    assert run.counts["structures"]["closed"] == 1


def test_what_was_entered_by_hand_stays(academy):
    academy.deliver(usual())
    school = School.objects.get(uai="0379901L")
    guest = Person.objects.create(first_name="Odile", last_name="Roy")
    Membership.objects.create(person=guest, school=school, profile=Profile.PUPIL, starts=MONDAY, source="saisie")
    academy.deliver(usual(), day=TUESDAY)
    assert Membership.objects.get(person=guest).ends is None


def test_a_school_absent_from_the_files_is_left_alone_and_reported(academy):
    academy.deliver(usual())
    files = usual()
    files["EtabEducNat"] = [college()]
    del files["Eleve"][1]
    run = academy.deliver(files, day=TUESDAY)
    assert membership("2002").ends is None
    assert any("Jeanne-de-Touraine" in sentence and "absent" in sentence for sentence in sentences(run))


def test_an_entity_without_a_file_is_left_alone(academy):
    academy.deliver(usual())
    files = usual()
    del files["PersEducNat"]
    academy.deliver(files, day=TUESDAY)
    assert membership("4001").ends is None


def test_an_adult_pupil_answers_for_themselves_as_one_human(academy):
    files = usual()
    files["Eleve"].append(pupil("2003", "Nora", "BLANC", guardians=["3003$70$1$1$1$1"]))
    files["PersRelEleve"].append(guardian("3003", "Nora", "BLANC"))
    academy.deliver(files)
    assert person("3003") == person("2003")
    assert Guardianship.objects.get(pupil=person("2003")).relation == Relation.SELF
    assert [row.profile for row in Membership.objects.filter(person=person("2003"))] == [Profile.PUPIL]


def test_a_teacher_who_is_also_a_parent_is_one_person_when_name_and_birth_agree(academy):
    files = usual()
    files["Eleve"].append(pupil("2003", "Jeanne", "FABRE", guardians=["3003$10$1$1$1$1"]))
    files["PersRelEleve"].append(guardian("3003", "Helene", "FABRE", ENTPersonDateNaissance="21/03/1981"))
    run = academy.deliver(files)
    assert person("3003") == person("4001")
    assert {row.profile for row in Membership.objects.filter(person=person("4001"))} == {
        Profile.TEACHER, Profile.GUARDIAN,
    }  # fmt: skip
    assert person("4001").contact["mobile"] == "06 39 98 10 10"
    assert any(sentence.startswith("Rapprochement") for sentence in sentences(run))
    assert run.counts["responsables"]["anomalies"] == 0


def test_importing_again_changes_nothing_of_those_of_whom_two_entries_speak(academy):
    files = usual()
    files["Eleve"] += [
        pupil("2003", "Nora", "BLANC", guardians=["3003$70$1$1$1$1"]),
        pupil("2004", "Jeanne", "FABRE", school=LYCEE, division="2D4", guardians=["3004$10$1$1$1$1"]),
    ]
    files["PersRelEleve"] += [
        guardian("3003", "Nora", "BLANC", telephoneNumber="02 61 91 20 20"),
        guardian("3004", "Hélène", "FABRE", ENTPersonDateNaissance="21/03/1981"),
    ]
    academy.deliver(files)
    assert person("2003").contact == {
        "address": ["12, rue du Pont"], "postal_code": "37400", "city": "AMBOISE", "work": "02 61 91 20 20",
        "mobile": "06 39 98 10 10",
    }  # fmt: skip
    assert person("4001") == person("3004")
    assert person("4001").contact["mobile"] == "06 39 98 10 10"
    before = state()
    SourceEntry.objects.all().delete()
    run = academy.deliver(files, day=TUESDAY)
    assert [line.fields for line in run.changes.all()] == []
    assert state() == before


@pytest.mark.parametrize("born", ["", "22/03/1981"])
def test_two_people_of_one_name_stay_two_without_the_same_birth_date(academy, born):
    files = usual()
    files["Eleve"].append(pupil("2003", "Jeanne", "FABRE", guardians=["3003$10$1$1$1$1"]))
    files["PersRelEleve"].append(guardian("3003", "Hélène", "FABRE", ENTPersonDateNaissance=born))
    academy.deliver(files)
    assert person("3003") != person("4001")


def test_two_guardians_of_one_name_and_birth_date_are_merged_with_nobody(academy):
    files = usual()
    files["Eleve"].append(pupil("2003", "Jeanne", "FABRE", guardians=["3003$10$1$1$1$1", "3004$50$0$1$0$0"]))
    files["PersRelEleve"] += [
        guardian(entry, "Hélène", "FABRE", ENTPersonDateNaissance="21/03/1981") for entry in ("3003", "3004")
    ]
    academy.deliver(files)
    assert len({person("3003"), person("3004"), person("4001")}) == 3


def test_a_known_teacher_whose_child_arrives_is_recognised(academy):
    academy.deliver(usual())
    files = usual()
    files["Eleve"].append(pupil("2003", "Jeanne", "FABRE", guardians=["3003$10$1$1$1$1"]))
    files["PersRelEleve"].append(guardian("3003", "Hélène", "FABRE", ENTPersonDateNaissance="21/03/1981"))
    academy.deliver(files, day=TUESDAY)
    assert person("3003") == person("4001")


def test_a_new_school_year_waits_for_the_roll_over(academy):
    academy.deliver(usual())
    academy.deliver(usual(), day=date(2027, 9, 2))
    years = SchoolYear.objects.filter(school__uai="0379901L").order_by("label")
    assert [(year.label, year.state) for year in years] == [
        ("2026-2027", YearState.CURRENT), ("2027-2028", YearState.PREPARING),
    ]  # fmt: skip


def test_each_school_is_told_to_the_journal_and_nothing_stays_staged(academy):
    run = academy.deliver(usual())
    acts = list(Record.objects.values_list("action", flat=True))
    assert acts.count("directory.import_school") == 2
    assert {"directory.ask_import", "directory.finish_import"} <= set(acts)
    assert not StagedEntry.objects.exists()
    assert ImportSchool.objects.filter(run=run, applied_at__isnull=False).count() == 2


def state():
    """The whole directory, for a comparison."""
    models = (Person, Membership, Guardianship, Division, Schooling, Enrolment, TeachingAssignment, StaffFunction)
    return [sorted(map(str, model._base_manager.values_list())) for model in (*models, HeadTeacher, ExternalId)]
