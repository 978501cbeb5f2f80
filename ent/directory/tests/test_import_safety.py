"""An import that is absurd, damaged, interrupted or asked for twice: nothing half-written, and a sentence to say it."""

import json
import tarfile
import zipfile
from datetime import date

import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection

from ent.core.errors import Refused
from ent.directory import tasks
from ent.directory.actions import imports as acts
from ent.directory.actions.imports import attempt
from ent.directory.commands import import_group
from ent.directory.enums import RunState
from ent.directory.models import (
    Guardianship,
    ImportRun,
    Person,
    StagedEntry,
)
from ent.directory.queries.imports import changes_of, departures, report_of, rows_of, stopped_schools
from ent.directory.tests.aaf_region import (
    BY,
    MONDAY,
    TUESDAY,
    academy,
    college,
    guardian,
    membership,
    person,
    pupil,
    sentences,
    usual,
)
from ent.directory.tests.aaf_text import add, document
from ent.directory.tests.test_import_complete import state
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.schools.models import School, SchoolYear

__all__ = ["academy"]


def half_gone():
    """The collège loses 4 of its 11 pupils; the lycée loses nobody."""
    files = usual()
    files["Eleve"] = files["Eleve"][:-4]
    return files


# --- Preview


def test_a_preview_writes_nothing_and_shows_what_applying_then_does(academy):
    academy.deliver(usual())
    before = state()
    files = usual()
    files["Eleve"][0] = pupil("2001", guardians=["3001$10$1$1$1$1"], division="5A", mail="m@eleve.example")
    del files["Eleve"][5]
    files["Eleve"].append(pupil("2500", "Soline", "BARREAU"))
    files["PersRelEleve"] = [guardian("3001", mobile="06 39 98 20 20")]
    run = academy.preview(files, day=TUESDAY)
    assert run.state == RunState.PREVIEWED
    assert state() == before
    shown = lines(run)
    counts = run.counts
    run = tasks.apply(run.pk, by=BY)
    assert run.state == RunState.APPLIED
    assert lines(run) == shown
    assert run.counts == counts
    assert state() != before


def test_a_first_preview_leaves_nothing_but_closed_schools(academy):
    run = academy.preview(usual())
    assert not Person.objects.exists()
    assert not Account.objects.exists()
    assert not SchoolYear.objects.exists()
    assert list(School.objects.values_list("is_open", flat=True)) == [False, False]
    assert [line.is_new for line in run.schools.all()] == [True, True]
    assert run.counts["eleves"]["created"] == 12
    tasks.apply(run.pk, by=BY)
    assert School.objects.filter(is_open=True).count() == 2


def test_the_plan_is_made_anew_when_the_directory_has_moved(academy):
    academy.deliver(usual())
    run = academy.preview({**usual(), "Eleve": [*usual()["Eleve"], pupil("2500", "Soline", "BARREAU")]}, day=TUESDAY)
    academy.delta(Eleve=[pupil("2500", "Soline", "BARREAU")])
    run = tasks.apply(run.pk, by=BY)
    assert run.state == RunState.APPLIED
    assert Person.objects.filter(last_name="Barreau").count() == 1
    assert run.counts["eleves"]["created"] == 0


def test_the_files_are_read_again_when_a_crash_of_the_server_has_emptied_the_staging(academy):
    run = academy.preview(usual())
    StagedEntry.objects.all().delete()
    run = tasks.apply(run.pk, by=BY)
    assert run.state == RunState.APPLIED
    assert membership("2001").ends is None


def test_an_abandoned_import_is_forgotten_and_cannot_be_applied_twice(academy):
    run = academy.preview(usual())
    acts.abandon_import(run, by=BY)
    assert ImportRun.objects.get().state == RunState.ABANDONED
    assert not StagedEntry.objects.exists()
    with pytest.raises(Refused, match="abandonné"):
        acts.abandon_import(run, by=BY)
    with pytest.raises(Refused):
        tasks.apply(run.pk, by=BY)


# --- Thresholds


def test_a_school_that_would_lose_too_many_waits_and_the_others_are_applied(academy):
    academy.deliver(usual())
    files = half_gone()
    files["Eleve"][1] = pupil("2002", "Inès", school="1002", division="2D4", mail="ines@eleve.example")
    run = academy.deliver(files, day=TUESDAY)
    assert run.state == RunState.PARTLY
    line = stopped_schools(run)[0]
    assert (line.school.uai, line.pupils, line.leaving) == ("0379901L", 11, 4)
    assert round(departures(line)[0].share) == 36
    assert membership("2019").ends is None
    assert person("2002").email == "ines@eleve.example"
    assert any("36,4\u00a0% des élèves" in sentence for sentence in sentences(run))


def test_a_human_lets_it_through_with_a_reason_that_is_kept(academy):
    academy.deliver(usual())
    run = academy.deliver(half_gone(), day=TUESDAY)
    line = stopped_schools(run)[0]
    with pytest.raises(Refused):
        acts.force_school(line, " ", by=BY)
    acts.force_school(line, "Fermeture de deux classes de 6e", by=BY)
    run = tasks.apply(run.pk, by=BY)
    assert run.state == RunState.APPLIED
    assert membership("2019").ends == TUESDAY
    kept = Record.objects.get(action="directory.force_import")
    assert kept.details["reason"] == "Fermeture de deux classes de 6e"
    assert kept.school_id == line.school_id


def test_an_empty_file_of_staff_stops_the_school(academy):
    academy.deliver(usual())
    run = academy.deliver({**usual(), "PersEducNat": []}, day=TUESDAY)
    assert run.state == RunState.PARTLY
    assert membership("4001").ends is None
    assert any("des personnels" in sentence for sentence in sentences(run))


def test_what_waits_is_looked_at_again_the_next_night(academy):
    academy.deliver(usual())
    academy.deliver(half_gone(), day=TUESDAY)
    run = academy.deliver(half_gone(), day=date(2026, 11, 25))
    assert run.state == RunState.PARTLY
    assert stopped_schools(run)[0].leaving == 4


def test_all_or_nothing_leaves_every_school_as_it_was(academy):
    academy.deliver(usual())
    before = state()
    files = half_gone()
    files["Eleve"][1] = pupil("2002", "Inès", school="1002", division="2D4", mail="ines@eleve.example")
    run = academy.import_folder(academy.write(files, day=TUESDAY), all_or_nothing=True)
    assert run.state == RunState.FAILED
    assert "Tout ou rien" in run.failure
    assert state() == before


# --- Interruptions


class PowerCut(Exception):
    pass


@pytest.mark.parametrize("survived", range(0, 26, 3))
def test_a_school_interrupted_anywhere_stays_as_it_was(academy, monkeypatch, survived):
    academy.deliver(usual())
    before = state()
    files = usual()
    files["Eleve"][0] = pupil("2001", division="5A", guardians=["3001$20$1$1$1$1"], mail="m@eleve.example")
    files["Eleve"].append(pupil("2500", "Soline", "BARREAU"))
    folder = academy.write(files, day=TUESDAY)
    with monkeypatch.context() as patch:
        patch.setattr(attempt, "_Steps", cut_after(survived))
        with pytest.raises(PowerCut):
            academy.import_folder(folder)
    assert state() == before
    run = ImportRun.objects.latest("pk")
    assert run.state == RunState.FAILED
    assert "relancer" in run.failure
    assert tasks.apply(run.pk, by=BY).state == RunState.APPLIED
    assert person("2001").email == "m@eleve.example"


def cut_after(survived):
    """Steps of which only the first ones are reached."""

    class Cut(attempt._Steps):
        reached = 0

        def __call__(self, *scripts):
            for script in scripts:
                if Cut.reached == survived:
                    raise PowerCut
                Cut.reached += 1
                super().__call__(script)

    return Cut


def test_two_imports_at_once_are_refused_with_a_sentence(academy):
    run = acts.ask_import(paths=[academy.write(usual())], by=BY)
    values = {key: connection.settings_dict[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
    other = psycopg.connect(
        host=values["HOST"],
        port=values["PORT"],
        user=values["USER"],
        password=values["PASSWORD"],
        dbname=values["NAME"],
    )
    with other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [tasks.IMPORTS_LOCK])
        with pytest.raises(Refused, match="Un autre import"):
            tasks.apply(run.pk, by=BY)
        assert ImportRun.objects.get().state == RunState.WAITING
    assert tasks.apply(run.pk, by=BY).state == RunState.APPLIED


def test_applying_twice_applies_once(academy):
    run = academy.deliver(usual())
    before = state()
    with pytest.raises(Refused, match="terminé"):
        tasks.apply(run.pk, by=BY)
    assert state() == before


# --- Bad input


def test_two_entries_of_one_identifier_keep_the_first(academy):
    files = usual()
    files["Eleve"].append(pupil("2001", "Autre", "PERSONNE"))
    run = academy.deliver(files)
    assert person("2001").first_name == "Malo"
    anomaly = run.anomalies.get()
    assert (anomaly.entry, anomaly.entity) == ("2001", "eleves")
    assert "deux fois" in anomaly.sentence


def test_a_number_of_two_pupils_is_left_to_the_first_and_reported(academy):
    files = usual()
    files["Eleve"].append(pupil("2999", "Zoé", "PERSONNE", ENTEleveINE="2001AA"))
    run = academy.deliver(files)
    assert (person("2001").ine, person("2999").ine) == ("2001AA", None)
    anomaly = run.anomalies.get()
    assert (anomaly.entry, anomaly.entity) == ("2999", "eleves")
    assert "L’entrée 2001 a le même INE" in anomaly.sentence
    assert "2001AA" not in anomaly.sentence
    assert academy.deliver(files).anomalies.count() == 1, "what is still wrong is said again"


def test_two_pupils_of_one_siecle_number_are_reported(academy):
    files = usual()
    files["Eleve"].append(pupil("2500", "Tom", "ROY", ENTEleveStructRattachId="92001"))
    run = academy.deliver(files)
    assert membership("2500").ends is None
    assert any("92001" in sentence for sentence in sentences(run))


def test_a_circle_of_guardians_is_cut_and_reported(academy):
    files = usual()
    files["Eleve"] += [
        pupil("2500", "Ana", "ROY", guardians=["2501$37$0$1$0$0"]),
        pupil("2501", "Bea", "ROY", guardians=["2502$37$0$1$0$0"]),
        pupil("2502", "Cléo", "ROY", guardians=["2500$37$0$1$0$0"]),
    ]
    run = academy.deliver(files)
    ring = Guardianship.objects.filter(pupil__last_name="Roy")
    assert ring.count() == 0
    assert sum("l’une de l’autre" in sentence for sentence in sentences(run)) == 3
    assert membership("2500").ends is None


def test_a_pupil_who_is_their_own_guardian_without_link_70_is_reported(academy):
    files = usual()
    files["Eleve"].append(pupil("2500", "Ana", "ROY", guardians=["2500$10$0$1$0$0"]))
    run = academy.deliver(files)
    assert not Guardianship.objects.filter(pupil=person("2500")).exists()
    assert any("son propre responsable" in sentence for sentence in sentences(run))


def test_a_school_whose_uai_has_a_wrong_letter_is_imported_and_reported(academy):
    files = usual()
    files["EtabEducNat"][0] = college(ENTStructureUAI="0410892Y")
    run = academy.deliver(files)
    assert School.objects.get(uai="0410892Y").is_open
    assert any("lettre" in sentence for sentence in sentences(run))
    assert membership("2001").school.uai == "0410892Y"


def test_a_school_whose_uai_makes_no_sense_is_left_aside(academy):
    files = usual()
    files["EtabEducNat"][0] = college(ENTStructureUAI="TOURS")
    run = academy.deliver(files)
    assert School.objects.count() == 1
    assert any("UAI" in sentence for sentence in sentences(run))
    assert membership("2002").ends is None


def test_a_school_closed_to_the_ent_is_left_aside_with_its_people(academy):
    academy.deliver(usual())
    School.objects.filter(uai="0379901L").update(is_open=False)
    files = usual()
    files["Eleve"].append(pupil("2500", "Tom", "ROY"))
    run = academy.deliver(files, day=TUESDAY)
    assert not Person.objects.filter(last_name="Roy").exists()
    assert membership("2001").ends is None
    assert any("pas ouvert à l’ENT" in sentence for sentence in sentences(run))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("ENT_Complet_20261123_Eleve_0000.xml", document(pupil("2001"))[:-60], "incomplet"),
        ("ENT_Complet_20261123_Eleve_0000.xml", b"", "vide"),
        ("ENT_Complet_20261123_Eleve_0000.xml", document(pupil("2001", "Hélène")).decode().encode("cp1252"), "UTF-8"),
        (
            "ENT_Complet_20261123_Eleve_0000.xml",
            document(doctype='SYSTEM "f.dtd" [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]'),
            "entités",
        ),
        ("liste.xml", b"<a/>", "Aucun fichier AAF"),
        ("ENT_Complet_20261123_Eleve_0000.xml", b"<autre/>", "ficAlimMENESR"),
    ],
)
def test_a_damaged_file_stops_the_import_with_a_sentence(academy, tmp_path, name, content, sentence):
    folder = tmp_path / "damaged"
    folder.mkdir()
    (folder / name).write_bytes(content)
    run = academy.import_folder(folder)
    assert run.state == RunState.FAILED
    assert sentence in run.failure
    assert not Person.objects.exists()


def test_a_file_cut_in_the_middle_of_the_series_leaves_the_directory_as_it_was(academy):
    academy.deliver(usual())
    before = state()
    folder = academy.write(usual(), day=TUESDAY)
    cut = folder / "ENT_Complet_20261124_PersEducNat_0000.xml"
    cut.write_bytes(cut.read_bytes()[:-100])
    run = academy.import_folder(folder)
    assert run.state == RunState.FAILED
    assert "PersEducNat" in run.failure
    assert state() == before


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_an_archive_is_imported_as_a_folder_is(academy, tmp_path, kind):
    folder = academy.write(usual())
    archive = tmp_path / f"ENT2D.20261123.Complet.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in folder.iterdir():
                packed.write(path, path.name)
    else:
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(folder, "files")
    run = academy.import_folder(archive)
    assert run.state == RunState.APPLIED
    assert run.counts["eleves"]["created"] == 12


def test_values_too_long_or_absurd_are_reported_and_the_entry_imported(academy):
    files = usual()
    files["Eleve"].append(
        pupil("2500", "Tom", "R" * 300, ENTPersonDateNaissance="31/02/2014", mail="pas une adresse",
              ENTElevePersRelEleve=["3001$10"], ENTEleveClasses=["1001", "1001$5A", "1001$5B"])
    )  # fmt: skip
    files["PersRelEleve"].append(add("PersRelEleve", "3600", ENTPersonJointure="3600"))
    run = academy.deliver(files)
    assert len(person("2500").last_name) == 100
    assert person("2500").birth_date is None
    assert len(run.anomalies.filter(entry="2500")) >= 4
    assert all(one.sentence and one.file for one in run.anomalies.filter(entry="2500"))


def test_a_report_that_would_be_endless_says_so(academy, monkeypatch):
    monkeypatch.setattr("ent.directory.actions.imports.runs.MOST_ANOMALIES", 3)
    files = usual()
    files["Eleve"] += [pupil(f"26{number}", "Tom", f"ROY{'ABCDEFGHIJ'[number]}", division="6Z") for number in range(10)]
    run = academy.deliver(files)
    assert run.anomalies.count() == 4
    assert any("plein" in sentence for sentence in sentences(run))


# --- Report, folder, command


def test_the_report_tells_counts_and_lines(academy):
    academy.deliver(usual())
    files = usual()
    files["PersRelEleve"] = [guardian("3001", mobile="06 39 98 20 20")]
    del files["Eleve"][0]
    run = academy.deliver(files, day=TUESDAY)
    rows = {row.entity: row for row in rows_of(run.counts)}
    assert (rows["eleves"].label, rows["eleves"].closed, rows["eleves"].unchanged) == ("Élèves", 1, 11)
    assert [line.label for line in changes_of(run, effect="ferme", entity="eleves")] == ["Malo Moreau"]
    line = changes_of(run, effect="modifie").get()
    assert (line.label, line.school.uai) == ("Claire Moreau", "0379902M")
    assert ["Téléphone portable", "06 39 98 10 10", "06 39 98 20 20"] in line.fields
    report = report_of(run)
    assert report["state"] == RunState.APPLIED
    assert {school["uai"] for school in report["schools"]} == {"0379901L", "0379902M"}
    assert json.loads(json.dumps(report)) == report


def test_the_folder_gives_each_delivery_once_in_the_order_of_days(academy, tmp_path, settings):
    folder = tmp_path / "nuit"
    folder.mkdir()
    for name, day, kind, files in (
        ("ENT2D.20261124.Delta", TUESDAY, "Delta", {"Eleve": [pupil("2500", "Soline", "BARREAU")]}),
        ("ENT2D.20261123.Complet", MONDAY, "Complet", usual()),
    ):
        academy.write(files, kind=kind, day=day).rename(folder / name)
    settings.IMPORT_FOLDER = str(folder)
    tasks.import_from_folder.run()
    assert [run.day for run in ImportRun.objects.order_by("pk")] == [MONDAY, TUESDAY]
    assert membership("2500").ends is None
    tasks.import_from_folder.run()
    assert ImportRun.objects.count() == 2


def test_the_folder_leaves_what_passes_a_threshold_to_a_human(academy, tmp_path):
    academy.deliver(usual())
    folder = tmp_path / "nuit"
    folder.mkdir()
    academy.write(half_gone(), day=TUESDAY).rename(folder / "ENT2D.20261124.Complet")
    run = tasks.take_from_folder(folder, by=BY)[0]
    assert run.state == RunState.PARTLY
    assert len(stopped_schools(run)) == 1


def test_the_command_previews_applies_and_answers_in_json(academy):
    folder = str(academy.write(usual()))
    seen = CliRunner().invoke(import_group, ["aaf", folder, "--preview", "--json"])
    assert seen.exit_code == 0, seen.output
    report = json.loads(seen.output)
    assert report["state"] == RunState.PREVIEWED
    assert report["counts"]["eleves"]["created"] == 12
    assert not Person.objects.exists()
    done = CliRunner().invoke(import_group, ["aaf", folder, "--yes"])
    assert done.exit_code == 0, done.output
    assert "Appliqué" in done.output
    assert membership("2001").ends is None


@pytest.mark.parametrize("answer", [None, "non\n", "\n"])
def test_the_command_applies_nothing_without_a_yes(academy, answer):
    asked = CliRunner().invoke(import_group, ["aaf", str(academy.write(usual()))], input=answer)
    assert asked.exit_code == 0, asked.output
    assert "Rien n’est appliqué" in asked.output
    assert ImportRun.objects.get().state == RunState.PREVIEWED
    assert not Person.objects.exists()


def test_the_command_asks_in_french_before_it_applies(academy):
    asked = CliRunner().invoke(import_group, ["aaf", str(academy.write(usual()))], input="oui\n")
    assert "Appliquer\u202f? (oui ou non)" in asked.output
    assert membership("2001").ends is None


def test_the_command_tells_by_its_exit_code_that_a_human_is_awaited(academy):
    academy.deliver(usual())
    folder = str(academy.write(half_gone(), day=TUESDAY))
    waiting = CliRunner().invoke(import_group, ["aaf", folder, "--yes"])
    assert waiting.exit_code == 3
    assert "À confirmer" in waiting.output
    forced = CliRunner().invoke(import_group, ["aaf", folder, "--force", "Fermeture de deux classes"])
    assert forced.exit_code == 0, forced.output
    assert membership("2019").ends == TUESDAY


def lines(run):
    return sorted((one.effect, one.entity, one.label, str(one.fields)) for one in run.changes.all())
