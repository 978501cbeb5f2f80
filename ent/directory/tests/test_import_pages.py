"""The pages of imports: who sees what, what one sends, what one decides."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ent.directory import tasks
from ent.directory.enums import Effect, ImportEntity, RunState, Source
from ent.directory.models import (
    ImportAnomaly,
    ImportChange,
    ImportRun,
    ImportSchool,
    Person,
    SchoolVisit,
)
from ent.foundation.audit.models import Record
from ent.foundation.schools import scope
from tests.cast import Cast

pytestmark = pytest.mark.django_db

CSV = "nom;prenom;date_naissance;classe\nBARREAU;Soline;03/05/2013;4e C\nBENHAMOU;Ilyes;04/06/2012;3e A\n"


@pytest.fixture
def tessier(cast: Cast) -> Client:
    """The correspondant ENT of the collège."""
    return cast.signed_in("m_tessier")


@pytest.fixture
def officer(cast: Cast) -> Client:
    return cast.signed_in("region_officer")


def send(client: Client, text: str | bytes, name: str = "eleves.csv") -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post("/imports/csv/", {"file": SimpleUploadedFile(name, content, "text/csv")})


def last() -> ImportRun:
    with scope.use(scope.EVERYTHING):
        return ImportRun.objects.latest("pk")


def name_columns(client: Client, **others: str) -> Any:
    """Accept every guess."""
    form = client.get(f"/imports/{last().pk}/colonnes/").context["form"]
    answers = {f"c{column.index}": column.field for column in form.columns}
    return client.post(f"/imports/{last().pk}/colonnes/", {**answers, "profile": "eleve", **others})


def previewed(client: Client, text: str = CSV, **others: str) -> ImportRun:
    send(client, text)
    name_columns(client, **others)
    tasks.preview_csv(last().pk)
    return last()


def region_run(cast: Cast, *, share: int = 31) -> ImportRun:
    """A previewed import of the region that reaches the lycée and the collège."""
    with scope.use(scope.EVERYTHING):
        counts = {"eleves": {"created": 1, "changed": 2, "closed": 3, "reopened": 0, "unchanged": 4, "anomalies": 1}}
        run = ImportRun.objects.create(
            kind=Source.AAF, label="Import AAF", state=RunState.PREVIEWED, read_at=timezone.now(), counts=counts
        )
        for school, leaving in ((cast.lycee, 1), (cast.college, share)):
            ImportSchool.objects.create(
                run=run, school=school, pupils=100, leaving=leaving, stopped=leaving > 20, counts=counts
            )
            ImportChange.objects.create(
                run=run, school=school, effect=Effect.CHANGED, entity=ImportEntity.PUPILS, key="1",
                label=f"Élève de {school.name}", fields=[["Adresse", "12, rue du Pont", "4, quai d’Orléans"]],
            )  # fmt: skip
            ImportAnomaly.objects.create(
                run=run, school=school, entity=ImportEntity.PUPILS, file="f.xml", sentence=f"Anomalie à {school.name}"
            )
        return run


# --- who sees what


@pytest.mark.parametrize("who", ["mme_dupont", "mme_fabre", "m_lemaire", "ines", "claire", "lucas"])
def test_imports_are_for_the_administrators(cast: Cast, who: str) -> None:
    run = region_run(cast)
    client = cast.signed_in(who)
    for address in ("", "csv/", "annuaire-academique/", f"{run.pk}/", f"{run.pk}/compte-rendu.csv"):
        assert client.get(f"/imports/{address}").status_code == 403


def test_a_school_sees_its_own_part_of_a_region_s_import(cast: Cast, tessier: Client) -> None:
    page = tessier.get(f"/imports/{region_run(cast).pk}/").content.decode()
    assert "Élève de Collège des Bords-de-Loire" in page
    assert "Anomalie à Collège des Bords-de-Loire" in page
    assert "Jeanne-de-Touraine" not in page
    assert "La région" not in page or "c’est elle qui décide" in page


def test_a_school_does_not_decide_for_the_region(cast: Cast, tessier: Client) -> None:
    run = region_run(cast)
    answer = tessier.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"})
    assert answer.status_code == 403
    assert last().state == RunState.PREVIEWED


def test_an_import_of_another_school_does_not_exist(cast: Cast, tessier: Client) -> None:
    with scope.use(scope.EVERYTHING):
        run = ImportRun.objects.create(kind=Source.CSV, label="Import CSV", school=cast.cfa, state=RunState.PREVIEWED)
    for address in ("", "colonnes/", "compte-rendu.csv", "avancement/"):
        assert tessier.get(f"/imports/{run.pk}/{address}").status_code == 404
    assert tessier.post(f"/imports/{run.pk}/decision/", {"choix": "abandonner"}).status_code == 404


def test_the_region_sees_the_numbers_of_each_school_and_nobody_s_name(cast: Cast, officer: Client) -> None:
    page = officer.get(f"/imports/{region_run(cast).pk}/").content.decode()
    assert "31\u00a0%" in page
    assert "31 sur 100" in page
    assert "Élève de" not in page
    assert "4, quai d’Orléans" not in page


def test_the_region_sees_the_people_of_the_school_it_visits(cast: Cast, officer: Client) -> None:
    run = region_run(cast)
    with scope.use(scope.EVERYTHING):
        visit = SchoolVisit.objects.create(
            person=cast.region_officer,
            school=cast.college,
            reason="Départs",
            expires_at=timezone.now().replace(year=2099),
        )
    session = officer.session
    session["choice"] = f"v{visit.pk}"
    session.save()
    page = officer.get(f"/imports/{run.pk}/").content.decode()
    assert "Élève de Collège des Bords-de-Loire" in page
    assert "Élève de Lycée" not in page


def test_imports_that_failed_are_told_apart_in_the_list(cast: Cast, tessier: Client) -> None:
    for name, failure in (("lundi.csv", "Un guillemet ouvert à la ligne\u00a04 ne se referme pas."), ("mardi.csv", "")):
        send(tessier, CSV, name)
        with scope.use(scope.EVERYTHING):
            state = RunState.FAILED if failure else RunState.PREVIEWED
            ImportRun.objects.filter(pk=last().pk).update(state=state, failure=failure)
    page = tessier.get("/imports/").content.decode()
    assert "lundi.csv" in page
    assert "mardi.csv" in page
    assert "Un guillemet ouvert à la ligne\u00a04" in page


def test_the_files_of_a_nightly_import_are_named_without_their_folder(cast: Cast, officer: Client) -> None:
    run = region_run(cast)
    with scope.use(scope.EVERYTHING):
        ImportRun.objects.filter(pk=run.pk).update(paths=["/srv/aaf/a.xml", "/srv/aaf/b.xml", "/srv/aaf/c.xml"])
    page = officer.get("/imports/").content.decode()
    assert "a.xml, b.xml, 1 de plus" in page
    assert "/srv/aaf" not in page


def test_an_anomaly_about_no_value_shows_no_empty_cell(cast: Cast, tessier: Client) -> None:
    page = tessier.get(f"/imports/{region_run(cast).pk}/?effet=anomalies").content.decode()
    assert "Anomalie à Collège des Bords-de-Loire" in page
    assert ">vide<" not in page


# --- sending


def test_a_csv_goes_from_the_field_to_the_directory(cast: Cast, tessier: Client) -> None:
    run = previewed(tessier)
    assert run.state == RunState.PREVIEWED, run.failure
    page = tessier.get(f"/imports/{run.pk}/").content.decode()
    assert "Soline Barreau" in page
    assert "<ins>4e C</ins>" in page
    tessier.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"})
    tasks.apply_csv(run.pk)
    assert last().state == RunState.APPLIED
    with scope.use(scope.EVERYTHING):
        soline = Person.objects.get(first_name="Soline")
        assert soline.memberships.get().school == cast.college
    assert "L’import est appliqué." in tessier.get(f"/imports/{run.pk}/").content.decode()


def test_what_was_chosen_for_the_columns_is_proposed_the_next_time(tessier: Client) -> None:
    text = "A;B;C\nBARREAU;Soline;x\nBENHAMOU;Ilyes;y\n"
    send(tessier, text)
    answers = {"c0": "personne.last_name", "c1": "personne.first_name", "c2": "", "profile": "eleve"}
    tessier.post(f"/imports/{last().pk}/colonnes/", answers)
    tasks.preview_csv(last().pk)
    tessier.post(f"/imports/{last().pk}/decision/", {"choix": "appliquer"})
    tasks.apply_csv(last().pk)
    send(tessier, text)
    form = tessier.get(f"/imports/{last().pk}/colonnes/").context["form"]
    assert [column.field for column in form.columns] == ["personne.last_name", "personne.first_name", ""]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04rest", "un classeur"),
        (b"%PDF-1.7", "un document PDF"),
        (b"", "vide"),
        (b"<html><table></table></html>", "pas un CSV"),
        (b"nom;prenom\n", "il ne parle de personne"),
        (b'nom;prenom\n"Moreau;Malo\n' + b"x;y\n" * 40, "ne se referme pas"),
        (b"nom;prenom\n" + b"a;b\n" * 50_001, "000\u00a0lignes".encode().decode()),
    ],
)
def test_what_is_no_csv_is_refused_beside_the_field(tessier: Client, content: bytes, sentence: str) -> None:
    answer = send(tessier, content)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with scope.use(scope.EVERYTHING):
        assert not ImportRun.objects.exists()


def test_columns_must_name_people_and_nothing_typed_is_lost(tessier: Client) -> None:
    send(tessier, CSV)
    answer = tessier.post(
        f"/imports/{last().pk}/colonnes/",
        {"c0": "personne.city", "c1": "personne.city", "c2": "", "c3": "", "profile": "invite", "close_missing": "on"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Deux colonnes donnent la même chose" in page
    assert "Dites quelle colonne donne le nom" in page
    assert page.count('<option value="personne.city" selected>') == 2
    assert '<option value="invite" selected>' in page


def test_two_gigabytes_are_refused_before_they_travel(tessier: Client) -> None:
    answer = tessier.generic(
        "POST", "/imports/csv/", b"--x--", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2 * 2**30)
    )
    assert answer.status_code == 413
    assert "200\u00a0Mo au plus" in answer.content.decode()


def test_a_session_that_ended_says_so_and_writes_nothing(cast: Cast) -> None:
    answer = send(cast.signed_in("stranger"), CSV)
    assert answer.status_code == 303
    assert answer["Location"].startswith("/connexion")
    with scope.use(scope.EVERYTHING):
        assert not ImportRun.objects.exists()


# --- the académie's files


def aaf(client: Client, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post("/imports/annuaire-academique/", {"sources": uploads})


def test_several_xml_files_are_sent_together(officer: Client) -> None:
    xml = b'<?xml version="1.0" encoding="UTF-8"?><ficAlimMENESR></ficAlimMENESR>'
    names = ("ENT_Complet_20261124_Eleve_0000.xml", "ENT_Complet_20261124_PersRelEleve_0000.xml")
    assert aaf(officer, *((name, xml) for name in names)).status_code == 303
    from ent.directory.imports.uploads import files_of

    with files_of(last()) as paths, zipfile.ZipFile(paths[0]) as archive:
        assert tuple(archive.namelist()) == names
        assert archive.read(names[0]) == xml
    assert not paths[0].exists()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["photo.jpg"], "Ce ne sont pas des fichiers de l’annuaire"),
        (["a.zip", "b.xml"], "pas les deux"),
        (["a.xml", "a.xml"], "le même nom"),
    ],
)
def test_files_that_cannot_be_read_are_refused_beside_the_field(
    officer: Client, names: list[str], sentence: str
) -> None:
    answer = aaf(officer, *((name, b"<x/>") for name in names))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        zipped(("../../etc/ENT_Complet_20261124_Eleve_0000.xml", b"<x/>")),
        zipped(("ENT_Complet_20261124_Eleve_0000.xml", b"\0" * 2**26)),
    ],
    ids=["a path that escapes", "a bomb"],
)
def test_a_hostile_archive_ends_in_a_sentence(officer: Client, archive: bytes) -> None:
    aaf(officer, ("aaf.zip", archive))
    tasks.run_import(last().pk)
    run = last()
    assert run.state == RunState.FAILED
    page = officer.get(f"/imports/{run.pk}/").content.decode()
    assert run.failure in page
    assert "Rien n’a été écrit." in page


def test_only_the_region_sends_the_academie_s_files(tessier: Client) -> None:
    assert aaf(tessier, ("a.zip", b"x")).status_code == 403


# --- deciding


def test_many_schools_past_the_threshold_are_told_in_one_sentence(cast: Cast, officer: Client) -> None:
    run = region_run(cast)
    with scope.use(scope.EVERYTHING):
        ImportSchool.objects.filter(run=run).update(leaving=31, stopped=True)
        ImportSchool.objects.create(run=run, school=cast.cfa, pupils=100, leaving=31, stopped=True)
    page = officer.get(f"/imports/{run.pk}/").content.decode()
    assert "3 établissements perdraient plus de 20\u00a0% de leurs élèves" in page
    assert "des élèves partiraient, le seuil" not in page


def test_a_double_click_applies_once(cast: Cast, tessier: Client) -> None:
    run = previewed(tessier)
    for _ in range(2):
        assert tessier.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"}).status_code == 303
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'directory.apply_csv'")
        assert cursor.fetchone()[0] == 1
    tasks.apply_csv(run.pk)
    tasks.apply_csv(run.pk)
    with scope.use(scope.EVERYTHING):
        assert Person.objects.filter(first_name="Soline").count() == 1
    assert tessier.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"}).status_code == 303


def test_past_the_threshold_the_others_are_applied_and_a_reason_is_asked_for(cast: Cast, officer: Client) -> None:
    run = region_run(cast)
    page = officer.get(f"/imports/{run.pk}/").content.decode()
    assert "Appliquer à l’autre" in page
    assert "Collège des Bords-de-Loire\u00a0: 31\u00a0% des élèves partiraient" in page
    answer = officer.post(f"/imports/{run.pk}/decision/", {"choix": "forcer", "raison": " "})
    assert answer.status_code == 422
    assert "Indiquez la raison" in answer.content.decode()
    officer.post(f"/imports/{run.pk}/decision/", {"choix": "forcer", "raison": "Fermeture de deux classes de 6e"})
    with scope.use(scope.EVERYTHING):
        assert ImportSchool.objects.get(school=cast.college).forced_reason == "Fermeture de deux classes de 6e"
        assert Record.objects.filter(action="directory.force_import", school_id=cast.college.pk).exists()
    assert last().state == RunState.APPLYING


def test_without_a_reason_a_school_past_its_threshold_waits(cast: Cast, officer: Client) -> None:
    run = region_run(cast)
    officer.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"})
    with scope.use(scope.EVERYTHING):
        assert ImportSchool.objects.get(school=cast.college).forced_reason == ""
    assert last().state == RunState.APPLYING


def test_an_import_that_is_given_up_writes_nothing(tessier: Client) -> None:
    run = previewed(tessier)
    tessier.post(f"/imports/{run.pk}/decision/", {"choix": "abandonner"})
    assert last().state == RunState.ABANDONED
    tasks.apply_csv(run.pk)
    with scope.use(scope.EVERYTHING):
        assert not Person.objects.filter(first_name="Soline").exists()
    assert tessier.post(f"/imports/{run.pk}/decision/", {"choix": "appliquer"}).status_code == 422


def test_giving_an_import_up_is_told_once_however_often_it_is_asked(tessier: Client) -> None:
    run = previewed(tessier)
    with scope.use(scope.EVERYTHING):
        before = Record.objects.filter(target_type="directory.importrun").count()
    for _time in range(2):
        tessier.post(f"/imports/{run.pk}/decision/", {"choix": "abandonner"})
    with scope.use(scope.EVERYTHING):
        lines = Record.objects.filter(target_type="directory.importrun").order_by("pk")[before:]
        assert [(line.action, line.actor_label) for line in lines] == [("directory.abandon_import", "Marc Tessier")]


# --- seeing


def test_progress_asks_again_until_there_is_more_to_see(tessier: Client) -> None:
    send(tessier, CSV)
    name_columns(tessier)
    run = last()
    page = tessier.get(f"/imports/{run.pk}/").content.decode()
    piece = tessier.get(f"/imports/{run.pk}/avancement/", headers={"HX-Request": "true"}).content.decode()
    assert piece.strip() in page
    assert "Vous pouvez quitter cette page" in piece
    assert f'hx-get="/imports/{run.pk}/avancement/"' in piece
    tasks.preview_csv(run.pk)
    done = tessier.get(f"/imports/{run.pk}/avancement/", headers={"HX-Request": "true"})
    assert done["Location"] == f"/imports/{run.pk}/"


def test_the_lines_come_alone_when_they_are_filtered(tessier: Client) -> None:
    run = previewed(tessier)
    page = tessier.get(f"/imports/{run.pk}/?effet=cree").content.decode()
    piece = tessier.get(f"/imports/{run.pk}/?effet=cree", headers={"HX-Request": "true"}).content.decode()
    assert piece.strip() in page
    assert "<h1>" not in piece


def test_the_page_costs_the_same_for_one_change_and_for_thirty(cast: Cast, tessier: Client) -> None:
    run = region_run(cast)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert tessier.get(f"/imports/{run.pk}/").status_code == 200
        return len(seen)

    queries()
    before = queries()
    with scope.use(scope.EVERYTHING):
        for n in range(30):
            ImportChange.objects.create(
                run=run,
                school=cast.college,
                effect=Effect.CREATED,
                entity=ImportEntity.STAFF,
                key=str(n),
                label=f"P{n}",
            )
    assert queries() <= before <= 20


def test_the_report_goes_out_as_a_spreadsheet_and_the_journal_knows(cast: Cast, tessier: Client) -> None:
    run = region_run(cast)
    answer = tessier.get(f"/imports/{run.pk}/compte-rendu.csv")
    text = answer.content.decode("utf-8-sig")
    assert "Adresse;12, rue du Pont;4, quai d’Orléans" in text
    assert "Anomalie à Collège" in text
    assert "Jeanne-de-Touraine" not in text
    assert ";Élèves;" in text
    assert "eleves" not in text
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="directory.export_report", school_id=cast.college.pk).exists()
