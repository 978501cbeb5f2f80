"""The values of an AAF entry become typed facts; what cannot be understood is reported, never lost, never fatal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ent.directory.enums import LegalDuty, Profile, Relation
from ent.directory.imports.aaf import facts
from ent.directory.imports.aaf.facts import (
    Address,
    Assignment,
    Coded,
    DatedPlacement,
    Function,
    GuardianLink,
    Placement,
    Role,
    SchoolName,
    StaffQualification,
    Structure,
)
from ent.directory.imports.aaf.reader import Record
from ent.directory.imports.aaf.sources import Entity
from ent.directory.imports.problems import Anomaly

FILE = "ENT_Complet_20261124_Eleve_0000.xml"


def record(entity=Entity.PUPIL, **attributes):
    listed = {name: values if isinstance(values, list) else [values] for name, values in attributes.items()}
    return Record("add", entity, "2001", listed, FILE)


def staff(**attributes):
    return record(Entity.STAFF, **attributes)


def only(values):
    [value] = values
    return value


@pytest.fixture
def anomalies():
    return []


# --- Guardians


def test_a_mother_with_all_duties_and_a_father_with_authority_only(anomalies):
    ines = record(ENTElevePersRelEleve=["3001$10$1$1$1$1", "3002$20$0$1$2$0"])
    assert facts.guardian_links(ines, anomalies) == [
        GuardianLink("3001", Relation.MOTHER, LegalDuty.LEGAL, pays=True, contact_rank=1, payment_rank=1),
        GuardianLink("3002", Relation.FATHER, LegalDuty.LEGAL, pays=False, contact_rank=2, payment_rank=0),
    ]
    assert anomalies == []


@pytest.mark.parametrize(
    ("code", "relation"),
    [
        ("10", Relation.MOTHER), ("20", Relation.FATHER), ("37", Relation.SIBLING), ("38", Relation.ANCESTOR),
        ("39", Relation.FAMILY), ("41", Relation.EDUCATOR), ("42", Relation.FOSTER),
        ("43", Relation.CHILDMINDER), ("50", Relation.TUTOR), ("51", Relation.ASE), ("70", Relation.SELF),
        ("90", Relation.OTHER), ("1", Relation.FATHER), ("2", Relation.MOTHER), ("3", Relation.TUTOR),
        ("4", Relation.FAMILY), ("5", Relation.ASE), ("6", Relation.OTHER), ("7", Relation.SELF),
    ],
)  # fmt: skip
def test_new_and_old_codes_of_relation_are_understood(code, relation, anomalies):
    link = only(facts.guardian_links(record(ENTElevePersRelEleve=f"3001${code}$0$2$0$0"), anomalies))
    assert (link.relation, link.legal, anomalies) == (relation, LegalDuty.IN_CHARGE, [])


def test_an_unknown_relation_keeps_the_link_and_is_reported(anomalies):
    link = only(facts.guardian_links(record(ENTElevePersRelEleve="3001$99$0$1$0$0"), anomalies))
    assert link.relation is Relation.OTHER
    assert anomalies[0].value == "3001$99$0$1$0$0"


@pytest.mark.parametrize(
    "value", ["3001$10", "$10$1$1$1$1", "3001$10$x$1$1$1", "3001$10$1$9$1$1", "3001$10$1$1$-1$1", "3001"]
)
def test_a_malformed_link_is_reported_and_the_others_kept(value, anomalies):
    links = facts.guardian_links(record(ENTElevePersRelEleve=[value, "3002$20$0$1$0$0"]), anomalies)
    assert [link.guardian_id for link in links or ()] == ["3002"]
    [anomaly] = anomalies
    assert (anomaly.file, anomaly.entry_id, anomaly.attribute) == (FILE, "2001", "ENTElevePersRelEleve")
    assert anomaly.value == value
    assert anomaly.sentence.endswith(".")


def test_the_links_of_an_old_export_are_put_together(anomalies):
    old = record(
        ENTEleveParents=["1", "2"],
        ENTElevePere="1",
        ENTEleveMere="2",
        ENTEleveAutoriteParentale="2",
        ENTElevePersRelEleve1="3",
        ENTEleveQualitePersRelEleve1="CONTACT",
        ENTElevePersRelEleve2="1",
        ENTEleveQualitePersRelEleve2="Responsable financier",
    )
    links = {link.guardian_id: link for link in facts.guardian_links(old, anomalies) or ()}
    assert links["1"][1:] == (Relation.FATHER, LegalDuty.NONE, True, 0, 0)
    assert links["2"][1:] == (Relation.MOTHER, LegalDuty.LEGAL, False, 0, 0)
    assert links["3"][1:] == (Relation.OTHER, LegalDuty.NONE, False, 1, 0)
    assert anomalies == []


def test_the_first_degree_writes_the_relation_beside_the_authority(anomalies):
    link = only(facts.guardian_links(record(ENTEleveAutoriteParentale="3001$10"), anomalies))
    assert (link.guardian_id, link.relation, link.legal) == ("3001", Relation.MOTHER, LegalDuty.LEGAL)


def test_the_new_attribute_wins_over_the_old_ones(anomalies):
    both = record(ENTElevePersRelEleve="2$1$0$2$0$0", ENTEleveParents="9", ENTEleveMere="9")
    assert [link.guardian_id for link in facts.guardian_links(both, anomalies) or ()] == ["2"]


# --- Absent, cleared, present

LISTS = [
    (facts.guardian_links, "ENTElevePersRelEleve"),
    (facts.guardian_links, "ENTEleveParents"),
    (facts.pupil_divisions, "ENTEleveClasses"),
    (facts.pupil_groups, "ENTEleveGroupes"),
    (facts.pupil_subjects, "ENTEleveCodeEnseignements"),
    (facts.functions, "ENTPersonFonctions"),
    (facts.division_assignments, "ENTAuxEnsClassesMatieres"),
    (facts.group_assignments, "ENTAuxEnsGroupes"),
    (facts.headed_divisions, "ENTAuxEnsClassesPrincipal"),
    (facts.staff_qualifications, "ENTAuxEnsMEF"),
    (facts.taught_subjects, "ENTAuxEnsMatiereEnseignEtab"),
    (facts.disciplines, "ENTAuxEnsCategoDiscipline"),
    (facts.posts, "ENTAuxEnsDisciplinesPoste"),
    (facts.divisions, "ENTStructureClasses"),
    (facts.groups, "ENTStructureGroupes"),
]


@pytest.mark.parametrize(("fact", "name"), LISTS)
def test_what_a_delta_does_not_speak_of_is_none_and_what_it_clears_is_empty(fact, name, anomalies):
    assert fact(record(), anomalies) is None
    assert fact(record(**{name: []}), anomalies) == []
    assert anomalies == []


def test_a_text_is_none_when_absent_and_empty_when_cleared():
    assert facts.text(record(), "mail") is None
    assert facts.text(record(mail=[]), "mail") == ""
    assert facts.text(record(mail=["a", "b"]), "mail") == "a"
    assert facts.text(record(ENTPersonNom="MOREAU"), "sn", "ENTPersonNom") == "MOREAU"


# --- Pupils


def test_divisions_and_groups_belong_to_a_school(anomalies):
    ines = record(ENTEleveClasses="1001$2DE 4", ENTEleveGroupes=["1001$2ANG-1", "1001$2ESP-3"])
    assert facts.pupil_divisions(ines, anomalies) == [Placement("1001", "2DE 4")]
    assert facts.pupil_groups(ines, anomalies) == [Placement("1001", "2ANG-1"), Placement("1001", "2ESP-3")]


@pytest.mark.parametrize("value", ["2DE 4", "$2DE 4", "1001$", "$"])
def test_a_division_without_school_or_name_is_reported(value, anomalies):
    assert facts.pupil_divisions(record(ENTEleveClasses=value), anomalies) == []
    assert [anomaly.value for anomaly in anomalies] == [value]


def test_the_days_of_entry_and_leaving(anomalies):
    ines = record(
        ENTPersonStructRattach="1001",
        ENTEleveDateEntreeClasses="1001$01/09/2026$2DE 4",
        ENTEleveDateSortieStructRattach="1001$03/07/2027",
        ENTEleveDateEntreeStructRattach="01/09/2026",
        ENTEleveDateSortieClasses="1001$31/02/2027$2DE 4",
    )
    first = date(2026, 9, 1)
    assert facts.pupil_days(ines, "ENTEleveDateEntreeClasses", anomalies) == [DatedPlacement("1001", first, "2DE 4")]
    assert facts.pupil_days(ines, "ENTEleveDateEntreeStructRattach", anomalies) == [DatedPlacement("1001", first, "")]
    leaving = only(facts.pupil_days(ines, "ENTEleveDateSortieStructRattach", anomalies))
    assert leaving == DatedPlacement("1001", date(2027, 7, 3), "")
    assert anomalies == []
    assert facts.pupil_days(ines, "ENTEleveDateSortieClasses", anomalies) == []
    assert anomalies[0].value == "1001$31/02/2027$2DE 4"
    assert facts.pupil_days(ines, "ENTEleveDateAutre", anomalies) is None


def test_subjects_pair_codes_and_labels(anomalies):
    both = record(ENTEleveCodeEnseignements=["030201", "061300"], ENTEleveEnseignements=["ANGLAIS LV1", "MATHS"])
    assert facts.pupil_subjects(both, anomalies) == [Coded("030201", "ANGLAIS LV1"), Coded("061300", "MATHS")]
    labels = record(ENTEleveCodeEnseignements=[], ENTEleveEnseignements=["ANGLAIS LV1"])
    assert facts.pupil_subjects(labels, anomalies) == [Coded("", "ANGLAIS LV1")]
    assert anomalies == []


def test_subjects_that_cannot_be_paired_are_reported(anomalies):
    odd = record(ENTEleveCodeEnseignements=["030201", "061300"], ENTEleveEnseignements=["ANGLAIS LV1"])
    assert facts.pupil_subjects(odd, anomalies) == [Coded("030201", ""), Coded("061300", "")]
    assert len(anomalies) == 1


@pytest.mark.parametrize(
    ("status", "profile"),
    [
        (["SCOLAIRE"], Profile.PUPIL),
        (["APPRENTI"], Profile.APPRENTICE),
        (["apprenti"], Profile.APPRENTICE),
        ([], Profile.PUPIL),
    ],
)
def test_an_apprentice_is_a_pupil_whose_status_says_so(status, profile):
    assert facts.pupil_profile(record(ENTEleveStatutEleve=status)) is profile


# --- Staff


def test_a_function_tells_school_code_and_discipline(anomalies):
    helene = staff(ENTPersonFonctions="1001$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES")
    assert facts.functions(helene, anomalies) == [Function("1001", "ENS", "ENSEIGNEMENT", "L1300", "MATHEMATIQUES")]
    assert facts.functions(staff(ENTPersonFonctions="1001$DIR"), anomalies) == [Function("1001", "DIR", "", "", "")]
    assert anomalies == []


@pytest.mark.parametrize("value", ["ENS", "$ENS$ENSEIGNEMENT"])
def test_a_function_without_school_is_reported(value, anomalies):
    assert facts.functions(staff(ENTPersonFonctions=value), anomalies) == []
    assert [anomaly.value for anomaly in anomalies] == [value]


@pytest.mark.parametrize(
    ("codes", "profile"),
    [
        ("DIR DEC DECPR DSES", Profile.HEADSHIP),
        ("DOC", Profile.LIBRARIAN),
        ("ENS BED EAP FCA FCP FIJ IS ISES PPA RH1D RPL UPI ens", Profile.TEACHER),
        ("AED AEH AES ADE EDU SUR", Profile.SCHOOL_LIFE),
        ("ADA ADF ADM ALB ASE ASH CFC CPD CTR LAB MDS ORI OUV PSY TEC", Profile.ADMINISTRATIVE),
        ("COLTER", Profile.LOCAL_AUTHORITY),
        ("INS INJ", Profile.GUEST),
    ],
)
def test_each_function_gives_its_profile(codes, profile, anomalies):
    for code in codes.split():
        role = only(facts.roles(staff(ENTPersonFonctions=f"1001${code}$LIBELLE"), anomalies))
        assert role == Role("1001", profile, "LIBELLE")
    assert anomalies == []


def test_several_functions_in_several_schools_give_a_role_in_each(anomalies):
    person = staff(
        ENTPersonFonctions=[
            "1001$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
            "1001$ENS$ENSEIGNEMENT$L1500$PHYSIQUE",
            "1001$DOC$DOCUMENTATION",
            "1002$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
        ]
    )
    assert facts.roles(person, anomalies) == [
        Role("1001", Profile.TEACHER, "MATHEMATIQUES"),
        Role("1001", Profile.LIBRARIAN, "DOCUMENTATION"),
        Role("1002", Profile.TEACHER, "MATHEMATIQUES"),
    ]


def test_a_head_who_is_also_an_assistant_keeps_both_roles_and_is_no_teacher(anomalies):
    person = staff(
        ENTPersonFonctions=["43$DIR$DIRECTION$D0011$CHEF D'ETABLISSEMENT", "43$AEH$ACCOMPAGNEMENT$D0021$AESH"],
        ENTPersonCategorieEnseignant="O",
        PersEducNatPresenceDevantEleves="N",
    )
    assert [role.profile for role in facts.roles(person, anomalies) or ()] == [Profile.HEADSHIP, Profile.SCHOOL_LIFE]


@pytest.mark.parametrize(
    ("flags", "profile"),
    [
        ({"ENTPersonCategorieEnseignant": "O"}, Profile.TEACHER),
        ({"ENTPersonCategorieEnseignant": "O", "PersEducNatPresenceDevantEleves": "N"}, Profile.TEACHER),
        ({"ENTPersonCategorieEnseignant": "N", "PersEducNatPresenceDevantEleves": "O"}, Profile.ADMINISTRATIVE),
        ({"PersEducNatPresenceDevantEleves": "O"}, Profile.TEACHER),
        ({"PersEducNatPresenceDevantEleves": "N"}, Profile.ADMINISTRATIVE),
        ({"ENTPersonProfils": "National_EVS", "ENTPersonCategorieEnseignant": "O"}, Profile.SCHOOL_LIFE),
        ({}, Profile.ADMINISTRATIVE),
    ],
)
def test_without_a_function_the_flags_decide(flags, profile, anomalies):
    void = staff(ENTPersonFonctions="1001$-$SANS OBJET", **flags)
    assert facts.roles(void, anomalies) == [Role("1001", profile, "")]
    attached = staff(ENTPersonFonctions=[], ENTPersonStructRattach="1001", **flags)
    assert facts.roles(attached, anomalies) == [Role("1001", profile, "")]
    assert anomalies == []


def test_an_unknown_function_is_reported_with_the_profile_given(anomalies):
    person = staff(ENTPersonFonctions="1001$ZZZ$NOUVEAU METIER", PersEducNatPresenceDevantEleves="O")
    assert facts.roles(person, anomalies) == [Role("1001", Profile.TEACHER, "NOUVEAU METIER")]
    assert "ZZZ" in anomalies[0].sentence
    assert "Enseignant" in anomalies[0].sentence


def test_heading_a_school_and_teaching_in_another_are_roles_too(anomalies):
    person = staff(
        ENTPersonFonctions="1001$ENS$ENSEIGNEMENT",
        ENTEnsFonctionDir="1003",
        ENTAuxEnsClassesMatieres=["1001$2DE 4$061300", "1002$5E B$061300"],
        ENTPersonStructRattach="1009",
    )
    assert facts.roles(person, anomalies) == [
        Role("1001", Profile.TEACHER, "ENSEIGNEMENT"),
        Role("1003", Profile.HEADSHIP, ""),
        Role("1002", Profile.TEACHER, ""),
    ]


def test_a_modification_that_speaks_of_no_function_leaves_the_roles(anomalies):
    moved = staff(mail="helene.fabre@exemple.invalid", ENTAuxEnsClassesMatieres="1001$2DE 4$061300")
    assert facts.roles(moved._replace(operation="modify"), anomalies) is None
    cleared = staff(ENTPersonFonctions=[])
    assert facts.roles(cleared._replace(operation="modify"), anomalies) == []


@pytest.mark.parametrize(
    ("code", "profile"),
    [
        ("National_ELV", Profile.PUPIL), ("National_1", Profile.PUPIL), ("National_TUT", Profile.GUARDIAN),
        ("National_2", Profile.GUARDIAN), ("National_ens", Profile.TEACHER), ("National_3", Profile.TEACHER),
        ("National_DOC", Profile.LIBRARIAN), ("National_DIR", Profile.HEADSHIP), ("National_4", Profile.HEADSHIP),
        ("NATIONAL_EVS", Profile.SCHOOL_LIFE), ("National_5", Profile.SCHOOL_LIFE),
        ("National_ETA", Profile.ADMINISTRATIVE), ("National_6", Profile.ADMINISTRATIVE),
        ("National_ACA", Profile.GUEST), ("National_7", Profile.GUEST), ("National_COL", Profile.LOCAL_AUTHORITY),
        ("National_9", None), ("ENS", None), ("", None),
    ],
)  # fmt: skip
def test_national_profiles_are_understood_in_both_forms(code, profile):
    assert facts.national_profile(code) is profile


def test_what_a_teacher_teaches_to_whom(anomalies):
    helene = staff(
        ENTAuxEnsClassesMatieres=["1001$2DE 4$061300", "1001$1RE 2"],
        ENTAuxEnsClasses=["1001$2DE 4", "1001$TLE 1"],
        ENTAuxEnsGroupesMatieres="1001$2MAT-1$061300",
        ENTAuxEnsClassesPrincipal="1001$2DE 4",
        ENTAuxEnsMEF="1001$20010015110$2NDE GENERALE",
        ENTAuxEnsMatiereEnseignEtab="1001$MATHEMATIQUES",
        ENTAuxEnsCategoDiscipline="13$MATHEMATIQUES",
        ENTAuxEnsDisciplinesPoste="MATHEMATIQUES$L1300",
    )
    assert facts.division_assignments(helene, anomalies) == [
        Assignment("1001", "2DE 4", "061300"),
        Assignment("1001", "1RE 2", ""),
        Assignment("1001", "TLE 1", ""),
    ]
    assert facts.group_assignments(helene, anomalies) == [Assignment("1001", "2MAT-1", "061300")]
    assert facts.headed_divisions(helene, anomalies) == [Placement("1001", "2DE 4")]
    assert facts.staff_qualifications(helene, anomalies) == [StaffQualification("1001", "20010015110", "2NDE GENERALE")]
    assert facts.taught_subjects(helene, anomalies) == [Placement("1001", "MATHEMATIQUES")]
    assert facts.disciplines(helene, anomalies) == [Coded("13", "MATHEMATIQUES")]
    assert facts.posts(helene, anomalies) == [Coded("L1300", "MATHEMATIQUES")]
    assert anomalies == []


# --- Schools


def test_the_divisions_and_groups_of_a_school(anomalies):
    school = record(
        Entity.SCHOOL,
        ENTStructureClasses=["2DE 4$Seconde 4$20010015110$20010015111", "5E B"],
        ENTStructureGroupes=["2ANG-1$Anglais 1$2DE 4$2DE 5", "G2$$", "$Sans code"],
    )
    assert facts.divisions(school, anomalies) == [
        Structure("2DE 4", "Seconde 4", ("20010015110", "20010015111")),
        Structure("5E B", "", ()),
    ]
    assert facts.groups(school, anomalies) == [
        Structure("2ANG-1", "Anglais 1", ("2DE 4", "2DE 5")),
        Structure("G2", "", ()),
    ]
    assert [anomaly.value for anomaly in anomalies] == ["$Sans code"]


def test_the_name_of_a_school_has_a_kind_and_a_city():
    named = record(Entity.SCHOOL, ENTStructureNomCourant="LYC$JEANNE-DE-TOURAINE$TOURS")
    assert facts.school_name(named) == SchoolName("LYC", "JEANNE-DE-TOURAINE", "TOURS")
    old = record(Entity.SCHOOL, ENTStructureNomCourant="Jeanne de Touraine")
    assert facts.school_name(old) == SchoolName("", "Jeanne de Touraine", "")
    assert facts.school_name(record()) is None


def test_the_district_of_a_school(anomalies):
    school = record(Entity.SCHOOL, ENTEtablissementBassin="18037$TOURS")
    assert facts.school_district(school, anomalies) == Coded("18037", "TOURS")
    assert facts.school_district(record(ENTEtablissementBassin=[]), anomalies) is None


@pytest.mark.parametrize("name", ["ENTStructureUAI", "ENTEtablissementUAI"])
def test_a_uai_is_read_under_its_new_and_old_name(name, anomalies):
    assert facts.uai(record(**{name: "0382032c"}), anomalies) == "0382032C"
    assert anomalies == []


def test_a_uai_with_a_wrong_letter_is_kept_and_reported(anomalies):
    assert facts.uai(record(ENTStructureUAI="0382032D"), anomalies) == "0382032D"
    assert "lettre de contrôle" in anomalies[0].sentence


def test_a_uai_of_another_form_is_reported_and_left_out(anomalies):
    assert facts.uai(record(ENTStructureUAI="37-LYCEE"), anomalies) is None
    assert anomalies[0].value == "37-LYCEE"


# --- Single values


@pytest.mark.parametrize(
    ("written", "read"),
    [("14/02/2011", date(2011, 2, 14)), ("2011-02-14", date(2011, 2, 14)), ("1/9/2026", date(2026, 9, 1))],
)
def test_a_day_is_read(written, read, anomalies):
    assert facts.day(record(ENTPersonDateNaissance=written), "ENTPersonDateNaissance", anomalies) == read
    assert anomalies == []


@pytest.mark.parametrize("written", ["31/02/2011", "2011", "14.02.2011", "14/02/0211", "00/00/0000", "٠١/٠٢/٢٠١١"])
def test_what_is_no_day_is_reported(written, anomalies):
    assert facts.day(record(ENTPersonDateNaissance=written), "ENTPersonDateNaissance", anomalies) is None
    assert [anomaly.value for anomaly in anomalies] == [written]


def test_a_flag_is_o_or_n_and_anything_else_is_reported(anomalies):
    answers = [facts.flag(record(ENTEleveBoursier=value), "ENTEleveBoursier", anomalies) for value in ("O", "n", "?")]
    assert answers == [True, False, None]
    assert [anomaly.value for anomaly in anomalies] == ["?"]
    assert facts.flag(record(), "ENTEleveBoursier", anomalies) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("M.", "M."), ("M", "M."), ("Mr", "M."), ("Mme", "Mme"), ("MME.", "Mme"), ("Mlle", "Mme"), ("MADAME", "Mme")],
)
def test_a_title_is_m_or_mme(written, read, anomalies):
    assert facts.title(record(personalTitle=written), anomalies) == read
    assert facts.title(record(ENTPersonCivilite=written), anomalies) == read
    assert anomalies == []


def test_an_unknown_title_is_reported(anomalies):
    assert facts.title(record(personalTitle="Dr"), anomalies) == ""
    assert anomalies[0].value == "Dr"


def test_a_mail_address_is_read_or_reported(anomalies):
    assert facts.mail(record(mail="claire.moreau@exemple.invalid"), anomalies) == "claire.moreau@exemple.invalid"
    assert facts.mail(record(), anomalies) is None
    assert anomalies == []
    assert facts.mail(record(mail="claire moreau@x"), anomalies) == ""
    assert anomalies[0].attribute == "mail"


def test_an_address_loses_its_empty_lines():
    ines = record(
        ENTPersonAdresse="1 rue de l'Écluse$$Bât. B$",
        ENTPersonCodePostal="37400",
        ENTPersonVille="AMBOISE",
        ENTPersonPays="FRANCE",
    )
    assert facts.address(ines) == Address(("1 rue de l'Écluse", "Bât. B"), "37400", "AMBOISE", "FRANCE")
    assert facts.address(record()) is None
    assert facts.address(record(ENTPersonAdresse=[])) == Address((), "", "", "")


def test_a_report_keeps_the_beginning_of_a_very_long_value(anomalies):
    facts.pupil_divisions(record(ENTEleveClasses="x" * 100_000), anomalies)
    assert len(anomalies[0].value) == 200


# --- Anything at all

NAMES = sorted({name for _fact, name in LISTS} | {
    "ENTElevePere", "ENTElevePersRelEleve1", "ENTEleveQualitePersRelEleve1", "ENTEleveAutoriteParentale",
    "ENTEleveEnseignements", "ENTEleveDateEntreeClasses", "ENTEnsFonctionDir", "ENTPersonProfils",
    "ENTPersonStructRattach", "ENTPersonCategorieEnseignant", "ENTPersonDateNaissance", "personalTitle", "mail",
    "ENTPersonAdresse", "ENTStructureNomCourant", "ENTStructureUAI", "ENTEtablissementBassin",
})  # fmt: skip
VALUES = st.lists(st.text(alphabet="$0129-/ONAé٣ ", min_size=1, max_size=14), max_size=3)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_no_value_ever_breaks_the_reading_of_facts(attributes):
    anomalies: list[Anomaly] = []
    entry = record(**attributes)
    for fact, _name in LISTS:
        fact(entry, anomalies)
    for reported in (facts.roles, facts.title, facts.mail, facts.uai, facts.school_district):
        reported(entry, anomalies)
    for plain in (facts.pupil_profile, facts.school_name, facts.address):
        plain(entry)
    for name in attributes:
        facts.day(entry, name, anomalies)
        facts.flag(entry, name, anomalies)
        facts.pupil_days(entry, name, anomalies)
    assert all(anomaly.sentence for anomaly in anomalies)
