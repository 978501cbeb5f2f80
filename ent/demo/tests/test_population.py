"""Who lives in the demonstration: sizes, the cast, and the cases that real life has."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ent.demo import curriculum
from ent.demo.apprenticeship import write_apprenticeships
from ent.demo.cast import CAST
from ent.demo.population import populate
from ent.demo.schools import plan, siret, uai, write_schools
from ent.demo.tests.conftest import DAY, Written
from ent.directory.enums import Profile


def functions(person: dict[str, list[str]]) -> set[tuple[str, str]]:
    """School and code of each function."""
    return {(value.split("$")[0], value.split("$")[1]) for value in person["ENTPersonFonctions"]}


def test_the_four_schools_have_the_sizes_that_the_pictures_show(complete: Written) -> None:
    pupils = Counter(pupil["ENTPersonStructRattach"][0] for pupil in complete.entries["Eleve"].values())
    assert pupils == {"1001": 555, "1002": 1084, "1003": 241, "1004": 219}
    assert complete.manifest.schools == ["0379901L", "0379902M", "0379903N", "0379904P"]
    assert 2800 < complete.manifest.counts["PersRelEleve"] < 3600
    assert 220 < complete.manifest.counts["PersEducNat"] < 340


def test_a_hundred_and_twenty_schools_are_planned_for_the_region_s_number_of_accounts() -> None:
    planned = plan(120)
    pupils = sum(school.size for school in planned)
    # A pupil brings about 1.56 guardians and 0.13 staff, as the four schools show.
    assert 170_000 < pupils * (1 + 1.56 + 0.13) < 200_000
    assert len({school.name for school in planned}) == len({school.uai for school in planned}) == 120
    assert {school.uai[:3] for school in planned} == {"018", "028", "036", "037", "041", "045"}
    sizes = [division.size for school in planned for division in curriculum.open_divisions(school)]
    assert sum(sizes) == pupils
    assert min(sizes) > 0
    assert max(sizes) <= 35


def test_invented_schools_have_numbers_out_of_use_with_the_right_keys() -> None:
    for school in plan(120):
        assert school.uai == uai(school.uai[:7])
        assert school.uai[3:5] == "99"
        assert luhn(siret(school)[:9])
        assert luhn(siret(school))


def luhn(number: str) -> bool:
    digits = [int(d) for d in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0


@pytest.mark.parametrize("count", [3, 121])
def test_a_demonstration_of_another_size_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="4 to 120"):
        plan(count)


def test_the_four_shown_schools_are_the_same_among_others(complete: Written) -> None:
    shown = [population for population in populate(6, 2026, DAY) if population.school.rank <= 4]
    found = {
        "Eleve": {(p.id, p.first_name, p.last_name.upper()) for one in shown for p in one.pupils},
        "PersRelEleve": {(g.id, g.first_name, g.last_name.upper()) for one in shown for g in one.guardians},
        "PersEducNat": {(s.id, s.first_name, s.last_name.upper()) for one in shown for s in one.staff},
    }
    for entity, people in found.items():
        assert people == {(int(id), e["givenName"][0], e["sn"][0]) for id, e in complete.entries[entity].items()}


def test_neighbouring_schools_share_families_and_teachers() -> None:
    guardians, staff = [], []
    for population in populate(8, 2026, DAY):
        if population.school.rank > 4:
            guardians += population.guardians
            staff += population.staff
    assert any(len({child // 10_000 for child in guardian.children}) > 1 for guardian in guardians)
    assert any(len({school.uai for school, _ in person.functions}) > 1 for person in staff)
    assert len({g.id for g in guardians}) == len(guardians)


def test_the_sign_in_page_offers_24_people_who_are_all_in_the_files(complete: Written) -> None:
    assert len(CAST) == len({member.key for member in CAST}) == 24
    for member in CAST:
        if member.category != "Apprentissage":
            entry = complete.entries[member.category][member.id]
            assert f"{entry['givenName'][0]} {entry['sn'][0]}".upper() == member.name.upper()
    assert {member.profile for member in CAST} == set(Profile) - {Profile.REGION, Profile.GUEST}


def test_the_cast_keeps_its_identifiers_whatever_the_seed(complete: Written) -> None:
    wanted = {m.id: m.name.upper() for m in CAST if m.category == "Eleve"}
    found = {
        str(p.id): f"{p.first_name} {p.last_name}".upper()
        for population in populate(4, 99, date(2028, 1, 10))
        for p in population.pupils
        if str(p.id) in wanted
    }
    assert found == wanted


def test_ines_and_malo_have_one_mother_and_a_father_who_lives_elsewhere(complete: Written) -> None:
    ines = complete.one("Eleve", sn="MOREAU", givenName="Inès", ENTEleveClasses="1002$2DE4")
    malo = complete.one("Eleve", sn="MOREAU", givenName="Malo", ENTEleveClasses="1001$5EB")
    claire = complete.one("PersRelEleve", sn="MOREAU", givenName="Claire", ENTPersonVille="AMBOISE")
    thomas = complete.one("PersRelEleve", sn="MOREAU", givenName="Thomas", ENTPersonVille="TOURS")
    mother, father = claire["ENTPersonJointure"][0], thomas["ENTPersonJointure"][0]
    assert ines["ENTElevePersRelEleve"] == [f"{mother}$10$1$1$1$1", f"{father}$20$0$1$0$0"]
    assert malo["ENTElevePersRelEleve"] == ines["ENTElevePersRelEleve"]


def test_the_roll_of_2de_4_is_the_one_that_the_pictures_show(complete: Written) -> None:
    roll = [e for e in complete.entries["Eleve"].values() if e["ENTEleveClasses"] == ["1002$2DE4"]]
    assert len(roll) == 28
    assert {"AUBERT", "EL AMRANI", "GUÉRIN", "DA SILVA", "SAUVAGE"} <= {e["sn"][0] for e in roll}


def test_the_people_of_the_lycee_have_their_posts(complete: Written) -> None:
    fabre = complete.one("PersEducNat", sn="FABRE", givenName="Hélène")
    assert "1002$2DE4$061300" in fabre["ENTAuxEnsClassesMatieres"]
    assert fabre["ENTAuxEnsClassesPrincipal"] == ["1002$2DE4"]
    assert functions(complete.one("PersEducNat", sn="DUPONT", givenName="Anne")) == {("1002", "DIR")}
    assert functions(complete.one("PersEducNat", sn="LEMAIRE", givenName="Julien")) == {("1002", "EDU")}
    garnier = complete.one("PersEducNat", sn="GARNIER", givenName="Paul")
    assert "1002$2DE4$062300" in garnier["ENTAuxEnsClassesMatieres"]
    codes = {code for p in complete.entries["PersEducNat"].values() for _, code in functions(p)}
    assert codes >= {"ENS", "DIR", "DOC", "EDU", "AED", "ADF", "MDS", "CTR", "ORI", "COLTER"}


def test_a_teacher_of_two_schools_is_also_the_mother_of_a_pupil(complete: Written) -> None:
    teacher = complete.one("PersEducNat", sn="KELLER", givenName="Sandrine")
    mother = complete.one("PersRelEleve", sn="KELLER", givenName="Sandrine")
    assert {school for school, _ in functions(teacher)} == {"1001", "1002"}
    for same in ("ENTPersonDateNaissance", "mail"):
        assert teacher[same] == mother[same] != []
    [child] = mother["ENTAuxPersRelEleveEleve"]
    assert complete.entries["Eleve"][child]["ENTPersonStructRattach"] == ["1002"]


def test_one_member_of_staff_has_two_functions_in_a_school(complete: Written) -> None:
    chartier = complete.one("PersEducNat", sn="CHARTIER", givenName="Benoît")
    assert functions(chartier) == {("1003", "ENS"), ("1003", "CTR")}


def test_two_pupils_of_a_level_have_the_same_name(complete: Written) -> None:
    namesakes = [
        e for e in complete.entries["Eleve"].values() if (e["sn"], e["givenName"]) == (["MARTIN"], ["Léa"])
        and e["ENTEleveClasses"][0].startswith("1002$2DE")
    ]  # fmt: skip
    assert len({e["ENTEleveClasses"][0] for e in namesakes}) >= 2


def test_a_grown_up_answers_for_themselves_one_has_nobody_one_is_in_care(complete: Written) -> None:
    maxime = complete.one("Eleve", sn="ROY", givenName="Maxime", ENTEleveClasses="1003$BTSA2VO1")
    [link] = maxime["ENTElevePersRelEleve"]
    guardian = complete.entries["PersRelEleve"][link.split("$")[0]]
    assert link.split("$")[1] == "70"
    assert guardian["ENTPersonDateNaissance"] == maxime["ENTPersonDateNaissance"]
    aminata = complete.one("Eleve", sn="TRAORÉ", givenName="Aminata")
    assert aminata["ENTElevePersRelEleve"] == []
    kylian = complete.one("Eleve", sn="FAURE", givenName="Kylian", ENTEleveClasses="1001$6EC")
    assert [value.split("$")[1] for value in kylian["ENTElevePersRelEleve"]] == ["51"]


def test_everybody_is_of_an_age_to_be_there(complete: Written) -> None:
    def age(entry: dict[str, list[str]]) -> float:
        day, month, year = (int(n) for n in entry["ENTPersonDateNaissance"][0].split("/"))
        return (DAY - date(year, month, day)).days / 365.25

    ages = [age(e) for e in complete.entries["Eleve"].values()]
    assert min(ages) > 10.5
    assert max(ages) < 23
    assert all(22 < age(e) < 68 for e in complete.entries["PersEducNat"].values())


def test_the_cfa_tells_the_contracts_of_all_its_apprentices(complete: Written, tmp_path: Path) -> None:
    [path] = write_apprenticeships(tmp_path, day=DAY)
    with path.open(encoding="cp1252", newline="") as file:
        contracts = list(csv.DictReader(file, delimiter=";"))
    apprentices = {
        e["ENTEleveINE"][0] for e in complete.entries["Eleve"].values() if e["ENTEleveStatutEleve"] == ["APPRENTI"]
    }
    assert path.name == "apprentissage_0379904P_20261124.csv"
    assert {row["ine"] for row in contracts} == apprentices
    assert len(contracts) == 219
    assert all(luhn(row["siret"]) and row["maitre_mail"].endswith(".example") for row in contracts)
    trainers = {mail for e in complete.entries["PersEducNat"].values() for mail in e["mail"]}
    assert {row["formateur_mail"] for row in contracts} <= trainers
    [lucas] = [row for row in contracts if (row["nom"], row["prenom"]) == ("PERRIN", "Lucas")]
    assert (lucas["maitre_nom"], lucas["entreprise"]) == ("COUTURIER", "Boulangerie Couturier")
    assert lucas["maitre_mail"] == next(m.id for m in CAST if m.key == "bernard-couturier")


def test_the_list_of_schools_has_the_columns_of_the_real_one(tmp_path: Path) -> None:
    real = Path(__file__).parents[2] / "foundation/schools/data/schools_centre_val_de_loire.csv"
    with write_schools(tmp_path / "schools.csv", schools=12).open(encoding="utf-8") as ours, real.open() as theirs:
        invented, listed = csv.DictReader(ours), csv.DictReader(theirs)
        assert invented.fieldnames == listed.fieldnames
        assert not {row["uai"] for row in invented} & {row["uai"] for row in listed}
