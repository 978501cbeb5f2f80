"""The settings of a school, and its journal."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from ent.core.actors import SYSTEM
from ent.directory.models import SchoolSettings
from ent.foundation.audit.actions import record
from ent.foundation.audit.models import Record
from ent.foundation.files.models import File
from ent.foundation.schools import scope
from ent.foundation.schools.models import SchoolDay, SchoolYear, Term
from tests.cast import Cast

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


def url(name: str, *args: int) -> str:
    return reverse(f"administration:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def settings_of(school) -> SchoolSettings:
    with scope.use(scope.EVERYTHING):
        return SchoolSettings.objects.select_related("logo").get(school=school)


def look(**values):
    return {"accent": "vigne", "notice": "", "notice_until": "", **values}


# --- Look and notice ---


def test_a_notice_is_shown_to_the_school_until_its_day_and_to_nobody_else(cast: Cast) -> None:
    client, today = cast.signed_in("m_tessier"), timezone.localdate()
    client.post(url("settings"), look(notice="Portes ouvertes samedi", notice_until=str(today)))
    assert "Portes ouvertes samedi" in text(cast.signed_in("malo").get("/"))
    assert "Portes ouvertes samedi" not in text(cast.signed_in("ines").get("/"))
    client.post(url("settings"), look(notice="Portes ouvertes samedi", notice_until=str(today - timedelta(days=1))))
    assert "Portes ouvertes samedi" not in text(cast.signed_in("malo").get("/"))


def test_the_colour_is_seen_on_every_page_of_the_school(cast: Cast) -> None:
    assert "ent-bar ent-s-loire" in text(cast.signed_in("malo").get("/plus/"))
    cast.signed_in("m_tessier").post(url("settings"), look(accent="prune"))
    assert "ent-bar ent-s-prune" in text(cast.signed_in("malo").get("/plus/"))
    assert "ent-bar ent-s-prune" not in text(cast.signed_in("ines").get("/plus/"))


def test_only_the_eight_colours_exist(cast: Cast) -> None:
    answer = cast.signed_in("m_tessier").post(url("settings"), look(accent="fluo", notice="Gardé"))
    assert answer.status_code == 422
    assert "Gardé" in text(answer)


def test_a_logo_replaces_the_one_before_and_only_its_school_sees_it(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    for name in ("un.png", "deux.png"):
        upload = SimpleUploadedFile(name, PNG, content_type="image/png")
        assert client.post(url("settings"), look(logo_file=upload)).status_code == 303
    logo = settings_of(cast.college).logo
    address = reverse("files:download", args=[logo.pk])
    assert address in text(cast.signed_in("malo").get("/plus/"))
    assert b"".join(cast.signed_in("malo").get(address)) == PNG
    assert cast.signed_in("ines").get(address).status_code == 404
    with scope.use(scope.EVERYTHING):
        assert File.objects.count() == 1
    client.post(url("setting_logo_remove"))
    assert settings_of(cast.college).logo is None


def test_a_logo_that_is_no_image_is_refused_and_the_rest_is_not_half_saved(cast: Cast) -> None:
    upload = SimpleUploadedFile("logo.png", b"<script>alert(1)</script>", content_type="image/png")
    answer = cast.signed_in("m_tessier").post(url("settings"), look(logo_file=upload, notice="Gardé"))
    assert answer.status_code == 422
    assert "Gardé" in text(answer)
    with scope.use(scope.EVERYTHING):
        assert not SchoolSettings.objects.exists()


# --- Terms and days ---


def term(**values):
    return {"kind": "trimestre", "number": "1", "starts": "2026-09-01", "ends": "2026-11-30", **values}


def test_terms_stay_in_their_year_and_never_meet(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    with scope.use(scope.EVERYTHING):
        year = SchoolYear.objects.get(school=cast.college)
    add = url("setting_term_add", year.pk)
    assert client.post(add, term()).status_code == 303
    meets = client.post(add, term(number="2", starts="2026-11-30", ends="2027-02-28"))
    assert meets.status_code == 422
    assert "ne peuvent pas se chevaucher" in text(meets)
    assert "2027-02-28" in text(meets)
    assert "n’est pas dans l’année" in text(client.post(add, term(number="2", starts="2027-03-01", ends="2028-01-01")))
    assert "existe déjà" in text(client.post(add, term(starts="2027-03-01", ends="2027-04-01")))
    with scope.use(scope.EVERYTHING):
        row = Term.objects.get()
    assert client.post(url("setting_term", row.pk), term(ends="2026-11-20")).status_code == 303
    client.post(url("setting_term_remove", row.pk))
    with scope.use(scope.EVERYTHING):
        assert not Term.objects.exists()


def test_a_year_of_another_school_is_not_there(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        year = SchoolYear.objects.get(school=cast.lycee)
    assert cast.signed_in("m_tessier").post(url("setting_term_add", year.pk), term()).status_code == 404


def test_a_school_closes_on_days_of_its_own_written_once(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    asked = {"label": "Inondation", "kind": "fermeture", "starts": "2026-12-01", "ends": "2026-12-02"}
    for _time in range(2):
        assert client.post(url("setting_day_add"), asked).status_code == 303
    with scope.use(scope.EVERYTHING):
        [day] = SchoolDay.objects.all()
    assert day.school == cast.college
    client.post(url("setting_day_remove", day.pk))
    with scope.use(scope.EVERYTHING):
        assert not SchoolDay.objects.exists()


# --- The journal ---


def acts(school, number: int, action: str = "accounts.unlock_account") -> None:
    with scope.use(scope.EVERYTHING):
        for rank in range(number):
            record(action, by=SYSTEM, school_id=school.pk if school else None, details={"rank": rank})


def test_the_journal_of_a_school_is_read_by_pages_and_each_reading_is_noted(cast: Cast) -> None:
    acts(cast.college, 60)
    acts(cast.lycee, 3, "accounts.lock_account")
    client = cast.signed_in("m_tessier")
    first = client.get(url("journal"))
    shown = first.context["shown"]
    assert len(shown.records) == 50
    assert {r.school_id for r in shown.records} == {cast.college.pk}
    second = client.get(url("journal") + f"?avant={shown.after}").context["shown"]
    assert not {r.pk for r in shown.records} & {r.pk for r in second.records}
    assert len(second.records) == 10
    assert second.after == ""
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="audit.read_journal", school=cast.college).count() == 2


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("action=accounts.lock_account", 2),
        ("action=n.importe_quoi", 7),
        ("auteur=planifi", 7),
        ("auteur=personne", 0),
        ("depuis=2030-01-01", 0),
        ("depuis=demain", 7),
        ("jusqu_au=2030-01-01", 7),
        ("avant=xyz", 7),
        ("avant=99999999999999999999999", 7),
    ],
)
def test_the_journal_is_searched_by_act_author_and_date(cast: Cast, asked: str, number: int) -> None:
    acts(cast.college, 5)
    acts(cast.college, 2, "accounts.lock_account")
    answer = cast.signed_in("m_tessier").get(f"{url('journal')}?{asked}")
    assert answer.status_code == 200
    assert len(answer.context["shown"].records) == number


def test_the_region_reads_its_own_journal_and_during_a_visit_the_schools(cast: Cast) -> None:
    acts(None, 2)
    acts(cast.college, 1)
    client = cast.signed_in("region_officer")
    assert {r.school_id for r in client.get(url("journal")).context["shown"].records} == {None}
    client.post(url("school_visit", cast.college.pk), {"reason": "Appel", "hours": "1"})
    assert {r.school_id for r in client.get(url("journal")).context["shown"].records} == {cast.college.pk}


def test_the_journal_leaves_as_a_file_that_no_spreadsheet_runs_and_this_is_noted(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        record("accounts.lock_account", by=SYSTEM, school_id=cast.college.pk, details={"reason": "=1+1"})
    client = cast.signed_in("m_tessier")
    client.post(url("account_lock", cast.malo.pk), {"reason": "Essai"})
    answer = client.get(url("journal_csv"))
    lines = io.StringIO(answer.content.decode("utf-8-sig")).read().splitlines()
    assert lines[0].startswith("Date;Heure;Auteur;Acte")
    assert len(lines) == 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line.split(";"))
    with scope.use(scope.EVERYTHING):
        [noted] = Record.objects.filter(action="audit.read_journal")
    assert noted.details["filters"] == {"format": "csv"}


@pytest.mark.parametrize("name", ["ines", "claire", "mme_fabre", "m_lemaire", "karim", "lucas"])
def test_the_journal_is_closed_to_the_others(cast: Cast, name: str) -> None:
    assert cast.signed_in(name).get(url("journal")).status_code == 403
    assert cast.signed_in(name).get(url("journal_csv")).status_code == 403
    with scope.use(scope.EVERYTHING):
        assert not Record.objects.filter(action="audit.read_journal").exists()


def test_a_correspondant_sees_the_space_that_the_files_of_their_school_take(cast: Cast) -> None:
    client = cast.signed_in("m_tessier")
    assert "0\u00a0fichier" in text(client.get(url("setting_space")))
    upload = SimpleUploadedFile("logo.png", PNG, content_type="image/png")
    client.post(url("settings"), look(logo_file=upload))
    page = text(client.get(url("setting_space")))
    assert "1\u00a0fichier" in page
    assert "Logo d’établissement" in page
