"""A school's CSV file, from its bytes to the directory."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ent.core.actors import Actor
from ent.core.errors import Refused
from ent.core.tests.queue import waiting
from ent.directory import tasks
from ent.directory.actions.csv_imports import ask_csv_import, choose_columns
from ent.directory.actions.import_decisions import agree
from ent.directory.enums import Profile, RunState, Source
from ent.directory.imports.csv.known import known_of
from ent.directory.imports.csv.mapping import guess, is_header_word
from ent.directory.imports.csv.people import read_people
from ent.directory.imports.csv.plan import make_plan, three_months_after
from ent.directory.imports.csv.reading import read_table
from ent.directory.imports.csv.running import columns_of, table_of
from ent.directory.models import (
    Apprenticeship,
    Enrolment,
    Guardianship,
    ImportAnomaly,
    ImportChange,
    ImportRun,
    Membership,
    Person,
    TeachingAssignment,
)
from ent.foundation.accounts.models import Account
from ent.foundation.files.actions import store_file
from ent.foundation.schools import scope
from ent.foundation.schools.models import School, SchoolYear
from tests.cast import Cast

BY = Actor("Marc Tessier")
Import = Callable[..., ImportRun]

CONTRACTS = """nom;prenom;date_naissance;classe;formateur_nom;formateur_prenom;formateur_mail;\
maitre_civilite;maitre_nom;maitre_prenom;maitre_mail;maitre_telephone;entreprise;siret;contrat_debut;contrat_fin
PERRIN;Lucas;20/01/2008;CAP 1;MASSON;Olivier;olivier.masson@cfa.example;M.;COUTURIER;Bernard;\
bernard@couturier.example;639988430;Boulangerie Couturier;99904018100011;01/09/2026;31/08/2028
ROUX;Nina;03/02/2009;CAP 1 boulanger;MASSON;Olivier;olivier.masson@cfa.example;Mme;TANGUY;Lydie;\
lydie@tanguy.example;06 39 98 54 14;Boulangerie Tanguy;99904003300014;01/09/2026;31/08/2028
"""


@pytest.fixture
def previewed(cast: Cast) -> Import:
    """Import a text up to its preview."""

    def run(text: str | bytes, school: School | None = None, **options: Any) -> ImportRun:
        school = school or cast.cfa
        content = text.encode() if isinstance(text, str) else text
        with scope.use(scope.of_school(school.pk)):
            file = store_file(
                io.BytesIO(content), name="f.csv", use="directory.import", school=school, owner=None, by=BY
            )
            run = ask_csv_import(school, file, by=BY)
            columns = {c.header.casefold(): c.field for c in columns_of(run, table_of(run))}
            choose_columns(run, columns, {"profile": Profile.APPRENTICE, **options}, by=BY)
        tasks.preview_csv(run.pk)
        return fresh(run)

    return run


@pytest.fixture
def imported(previewed: Import) -> Import:
    """Import a text to its end."""

    def run(text: str | bytes, school: School | None = None, **options: Any) -> ImportRun:
        run = previewed(text, school, **options)
        assert run.state == RunState.PREVIEWED, run.failure
        agree(run, "Attendu", by=BY)
        tasks.apply_csv(run.pk)
        return fresh(run)

    return run


def fresh(run: ImportRun) -> ImportRun:
    with scope.use(scope.EVERYTHING):
        return ImportRun.objects.get(pk=run.pk)


def test_the_contracts_of_a_cfa_make_masters_and_their_apprentices(cast: Cast, imported: Import) -> None:
    run = imported(CONTRACTS)
    assert run.state == RunState.APPLIED, run.failure
    with scope.use(scope.EVERYTHING):
        contract = Apprenticeship.objects.get(apprentice__person=cast.lucas)
        master = contract.master.person
        assert (master.full_name, contract.company, contract.ends) == (
            "Bernard Couturier",
            "Boulangerie Couturier",
            date(2028, 8, 31),
        )
        assert master.account is not None
        assert master.account.identifier == "bernard.couturier"
        assert master.contact == {"mobile": "+33 6 39 98 84 30"}
        nina = Person.objects.get(first_name="Nina")
        assert Enrolment.objects.get(membership__person=nina).division.label == "CAP 1 boulanger"
        assert Person.objects.filter(last_name="Perrin").count() == 1
        assert TeachingAssignment.objects.filter(membership__person__last_name="Masson").count() == 2


def test_nothing_is_written_before_the_decision(cast: Cast, previewed: Import) -> None:
    with scope.use(scope.EVERYTHING):
        before = Person.objects.count(), Membership.objects.count()
    run = previewed(CONTRACTS)
    with scope.use(scope.EVERYTHING):
        assert (Person.objects.count(), Membership.objects.count()) == before
        assert ImportChange.objects.filter(run=run).exists()


def test_the_same_file_again_changes_nothing(imported: Import, previewed: Import) -> None:
    imported(CONTRACTS)
    again = previewed(CONTRACTS)
    with scope.use(scope.EVERYTHING):
        assert [(c.label, c.fields) for c in ImportChange.objects.filter(run=again)] == []
    assert again.counts["maitres"]["unchanged"] == 2


PUPILS = "nom;prenom;date de naissance;classe;groupes;mail;resp1 nom;resp1 prenom;resp1 mail;resp1 lien\n"
SOLINE = "BARREAU;Soline;03/05/2013;4e C;Latin;soline@famille.example;Barreau;Julie;julie@famille.example;mère\n"
ILYES = "BENHAMOU;Ilyes;04/06/2012;3e A;;;;;;\n"


def test_the_known_are_recognised_and_not_doubled(cast: Cast, imported: Import) -> None:
    imported("nom;prenom;date de naissance;mail\nMOREAU;Ines;12/04/2011;autre@famille.example\n", cast.lycee)
    with scope.use(scope.EVERYTHING):
        ines = Person.objects.get(last_name="Moreau", first_name="Inès")
        assert ines.memberships.count() == 1
        # The académie speaks of her: her address is the académie's to change.
        assert ines.email == "ines@ent.example"


def test_someone_of_another_school_is_not_brought_out(cast: Cast, imported: Import) -> None:
    imported("nom;prenom;date de naissance\nMOREAU;Malo;03/06/2014\n", cast.lycee)
    with scope.use(scope.EVERYTHING):
        here, there = Person.objects.filter(first_name="Malo").order_by("-pk")
        assert there == cast.malo
        assert here.email == ""
        assert not Membership.objects.filter(person=cast.malo, school=cast.lycee).exists()


def test_a_family_comes_whole(cast: Cast, imported: Import) -> None:
    imported(PUPILS + SOLINE + ILYES, cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        link = Guardianship.objects.get(pupil__first_name="Soline")
        assert (link.guardian.full_name, link.get_relation_display(), link.source) == ("Julie Barreau", "Mère", "csv")
        assert link.guardian.memberships.get().profile == Profile.GUARDIAN
        places = {
            e.division.label if e.division else e.group.label for e in link.pupil.memberships.get().enrolments.all()
        }
        assert places == {"4e C", "Latin"}


def test_a_change_of_division_keeps_the_past(cast: Cast, imported: Import) -> None:
    imported(PUPILS + SOLINE, cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        Enrolment.objects.filter(division__isnull=False, source=Source.CSV).update(starts=date(2026, 9, 1))
    run = imported(PUPILS + SOLINE.replace("4e C", "4e D"), cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        [change] = ImportChange.objects.filter(run=run, entity="eleves")
        assert change.fields == [["Classe", "4e C", "4e D"]]
        rows = Enrolment.objects.filter(membership__person__first_name="Soline", division__isnull=False).order_by(
            "starts"
        )
        assert [(row.division.label, row.ends) for row in rows] == [
            ("4e C", rows[1].starts - timedelta(days=1)),
            ("4e D", None),
        ]


def test_an_empty_cell_clears_nothing(cast: Cast, imported: Import, previewed: Import) -> None:
    imported(PUPILS + SOLINE, cast.college, profile="eleve")
    run = previewed(PUPILS + "BARREAU;Soline;03/05/2013;;;;;;;\n", cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert not ImportChange.objects.filter(run=run).exists()


def test_those_no_longer_named_stay_unless_asked(cast: Cast, imported: Import, previewed: Import) -> None:
    imported(PUPILS + SOLINE + ILYES, cast.college, profile="eleve")
    kept = previewed(PUPILS + SOLINE, cast.college, profile="eleve")
    assert kept.counts["eleves"]["closed"] == 0
    closing = previewed(PUPILS + SOLINE, cast.college, profile="eleve", close_missing=True)
    with scope.use(scope.EVERYTHING):
        line = closing.schools.get()
        # Malo, whom the académie brought, is not counted nor closed.
        assert (line.pupils, line.leaving, line.stopped) == (2, 1, True)
    with pytest.raises(Refused):
        agree(closing, by=BY)
    agree(closing, "Ilyes a déménagé", by=BY)
    tasks.apply_csv(closing.pk)
    with scope.use(scope.EVERYTHING):
        gone = Membership.objects.get(person__first_name="Ilyes")
        assert gone.ends is not None
        assert gone.grace_until == three_months_after(gone.ends)
        assert not gone.enrolments.filter(ends__isnull=True).exists()
        assert Membership.objects.get(person=cast.malo).ends is None


def test_someone_who_comes_back_is_reopened(cast: Cast, imported: Import) -> None:
    imported(PUPILS + SOLINE + ILYES, cast.college, profile="eleve")
    imported(PUPILS + SOLINE, cast.college, profile="eleve", close_missing=True)
    run = imported(PUPILS + SOLINE + ILYES, cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert ImportChange.objects.get(run=run, effect="rouvert").label == "Ilyes Benhamou"
        back = Membership.objects.get(person__first_name="Ilyes")
        assert (back.ends, back.grace_until) == (None, None)
        assert back.enrolments.get().ends is None


def leave(person: Person, *, days: int, grace: int) -> None:
    """So many days ago was their last day; the grace period ends in so many."""
    today = timezone.localdate()
    with scope.use(scope.EVERYTHING):
        Membership.objects.filter(person=person).update(
            starts=today - timedelta(days=400),
            ends=today - timedelta(days=days),
            grace_until=today + timedelta(days=grace),
        )


NUMBERED = "identifiant;nom;prenom;date de naissance;mail\n77;BARREAU;Soline;03/05/2013;{mail}\n"


@pytest.mark.parametrize("again", ["77;BARREAU;Soline;03/05/2013;", ";BARREAU;Soline;03/05/2013;", ";BARREAU;Soline;;"])
def test_who_has_left_for_good_is_not_reached(cast: Cast, imported: Import, again: str) -> None:
    imported(NUMBERED.format(mail="soline@famille.example"), cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        former = Person.objects.get(first_name="Soline")
    leave(former, days=100, grace=-1)
    run = imported(f"{NUMBERED.splitlines()[0]}\n{again}pirate@ailleurs.example\n", cast.college, profile="eleve")
    assert run.state == RunState.APPLIED, run.failure
    with scope.use(scope.EVERYTHING):
        assert Person.objects.get(pk=former.pk).email == "soline@famille.example"
        assert Membership.objects.get(person=former).ends is not None
        new = Person.objects.exclude(pk=former.pk).get(first_name="Soline")
        assert (new.email, new.account_id != former.account_id) == ("pirate@ailleurs.example", True)
        told = ImportAnomaly.objects.filter(run=run, sentence__contains="a quitté l’établissement")
        assert told.count() == (1 if again.startswith("77") else 0)


def test_who_was_added_by_the_school_and_belongs_to_it_no_more_is_not_reached(cast: Cast, imported: Import) -> None:
    with scope.use(scope.EVERYTHING):
        elsewhere = Person.objects.create(
            first_name="Soline", last_name="Barreau", birth_date=date(2013, 5, 3), home_school=cast.college
        )
    imported(NUMBERED.format(mail="pirate@ailleurs.example"), cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert Person.objects.get(pk=elsewhere.pk).email == ""


def test_who_left_and_is_in_their_grace_period_comes_back(cast: Cast, imported: Import) -> None:
    imported(NUMBERED.format(mail="soline@famille.example"), cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        former = Person.objects.get(first_name="Soline")
    leave(former, days=60, grace=0)
    imported(NUMBERED.format(mail=""), cast.college, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert Membership.objects.get(person__first_name="Soline").ends is None


def test_homonyms_are_told_and_neither_is_touched(cast: Cast, imported: Import, previewed: Import) -> None:
    homonyms = "nom;prenom;date de naissance\nMARTIN;Léa;01/01/2011\nMARTIN;Léa;02/02/2011\n"
    imported(homonyms, cast.lycee, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert sorted(
            Account.objects.filter(identifier__startswith="lea.martin").values_list("identifier", flat=True)
        ) == [
            "lea.martin",
            "lea.martin2",
        ]
    run = previewed("nom;prenom;classe\nMARTIN;Léa;2de 4\n", cast.lycee, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert "Plusieurs personnes portent ce nom" in ImportAnomaly.objects.get(run=run).sentence
        assert not ImportChange.objects.filter(run=run).exists()


def test_another_master_ends_the_contract_with_the_first(cast: Cast, imported: Import) -> None:
    imported(CONTRACTS)
    changed = CONTRACTS.replace("COUTURIER;Bernard;bernard@couturier.example", "ROBIN;Paule;paule@robin.example")
    imported(changed)
    with scope.use(scope.EVERYTHING):
        contracts = Apprenticeship.objects.filter(apprentice__person=cast.lucas).order_by("pk")
        assert [row.master.person.last_name for row in contracts] == ["Couturier", "Robin"]
        assert contracts[0].ends < contracts[1].ends


def test_whoever_heads_the_school_is_left_as_they_are(cast: Cast, imported: Import) -> None:
    with scope.use(scope.EVERYTHING):
        Person.objects.filter(pk=cast.mme_dupont.pk).update(email="", home_school=cast.lycee)
    imported("nom;prenom;mail;profil\nDUPONT;Anne;pirate@ailleurs.example;enseignante\n", cast.lycee)
    with scope.use(scope.EVERYTHING):
        assert Person.objects.get(pk=cast.mme_dupont.pk).email == ""


def test_a_directory_that_moved_since_the_preview_is_shown_anew(cast: Cast, previewed: Import) -> None:
    run = previewed(CONTRACTS)
    with scope.use(scope.EVERYTHING):
        Enrolment.objects.filter(membership__person=cast.lucas).delete()
    agree(run, by=BY)
    tasks.apply_csv(run.pk)
    again = fresh(run)
    assert again.state == RunState.PREVIEWED
    assert "a changé depuis l’aperçu" in again.failure
    with scope.use(scope.EVERYTHING):
        assert not Person.objects.filter(last_name="Couturier").exists()


def test_a_crash_half_way_leaves_the_directory_as_it_was(
    cast: Cast, previewed: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(CONTRACTS)
    agree(run, by=BY)

    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("ent.directory.actions.csv_imports._give_accounts", crash)
    with pytest.raises(RuntimeError):
        tasks.apply_csv(run.pk)
    with scope.use(scope.EVERYTHING):
        assert not Person.objects.filter(last_name="Couturier").exists()
        assert not Apprenticeship.objects.exists()
    assert fresh(run).state == RunState.FAILED


def test_a_school_without_a_year_gets_the_present_one(cast: Cast, imported: Import) -> None:
    with scope.use(scope.EVERYTHING):
        SchoolYear.objects.filter(school=cast.veron).delete()
    imported("nom;prenom;classe\nROY;Maxime;BTSA 2\n", cast.veron, profile="eleve")
    with scope.use(scope.EVERYTHING):
        assert SchoolYear.objects.get(school=cast.veron).divisions.get().label == "BTSA 2"


def test_whoever_sent_a_file_is_told_once_of_its_preview_and_once_of_its_end(imported: Import) -> None:
    run = imported(CONTRACTS)
    assert [job["facts"] for job in waiting("notifications.deliver_notice")] == [{"run_id": run.pk}] * 2


def test_what_each_line_says_wrong_is_in_the_report(cast: Cast, previewed: Import) -> None:
    run = previewed(CONTRACTS.replace("99904018100011", "99904018100012"))
    with scope.use(scope.EVERYTHING):
        anomaly = ImportAnomaly.objects.get(run=run)
        assert (anomaly.entry, anomaly.field, anomaly.school) == (
            "ligne\u00a02",
            "SIRET (entreprise et contrat)",
            cast.cfa,
        )
        assert run.counts["maitres"]["anomalies"] == 1


def test_a_plan_costs_as_many_queries_for_one_line_as_for_many(cast: Cast) -> None:
    def queries(lines: int) -> int:
        text = "nom;prenom;classe\n" + "".join(f"Nom{n};Prénom{n};2de 4\n" for n in range(lines))
        found = read_table(text.encode(), "f.csv", is_header_word)
        columns = {column.index: column.field for column in guess(found)}
        with scope.use(scope.of_school(cast.lycee.pk)), CaptureQueriesContext(connection) as seen:
            said = read_people(found, columns, uai=cast.lycee.uai, profile=Profile.PUPIL)
            make_plan(said, known_of(cast.lycee, date(2026, 11, 24)), close_missing=False, file="f.csv")
        return len(seen)

    assert queries(1) == queries(60)
