"""The region compares the spaces of the schools' files and adjusts them; a correspondant reads theirs and is warned."""

import io

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ent.core.actors import SYSTEM
from ent.core.tests.queue import run_jobs
from ent.directory.enums import Office
from ent.directory.models import Delegation
from ent.directory.notifications import SpaceAlmostFull, tell_almost_full
from ent.foundation.audit.models import Record
from ent.foundation.files.actions import store_file
from ent.foundation.files.models import MIB, File, SchoolQuota
from ent.foundation.notifications.queries import inbox, preferences
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from tests.cast import STARTS, Cast
from tests.factory import a_school

GIB = 1024 * MIB


def url(name: str, *args: int) -> str:
    return reverse(f"administration:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def fill(school: School, size: int) -> None:
    """Have the school hold one file of so many bytes."""
    content = io.BytesIO("nom;prénom\n".encode().ljust(size, b"x"))
    with scope.use(scope.EVERYTHING):
        store_file(content, name="liste.csv", use="directory.import", school=school, owner=None, by=SYSTEM)


def quota(school: School) -> SchoolQuota:
    with scope.use(scope.EVERYTHING):
        return SchoolQuota.objects.get(school=school)


def adjusted(client: Client, school: School, size: str, person: str = "", reason: str = "Internat"):
    asked = {"size": size, "person_size": person, "reason": reason}
    return client.post(url("school_space", school.pk), asked, follow=True)


def told(cast: Cast, name: str) -> list[tuple[str, str]]:
    account = cast.people[name].account_id
    with scope.use(scope.Scope(account=account)):
        return [(line.title, line.text) for line in inbox(account)]


# --- What the region sees ---


def test_the_region_sees_the_space_of_every_school_without_entering_any(cast: Cast) -> None:
    fill(cast.college, 3 * MIB)
    client = cast.signed_in("region_officer")
    page = client.get(url("school_spaces"))
    assert {line.school for line in page.context["found"]} == {cast.college, cast.lycee, cast.cfa, cast.veron}
    assert "3\u00a0Mo sur 200\u00a0Go, 1\u00a0fichier" in text(page)
    assert "3\u00a0Mo en tout" in text(page)
    assert url("school_spaces") in text(client.get(url("schools")))


def test_the_list_is_sorted_by_share_by_size_or_by_town(cast: Cast) -> None:
    fill(cast.college, 2 * MIB)
    fill(cast.veron, MIB)
    client = cast.signed_in("region_officer")
    adjusted(client, cast.veron, "1 Mo")

    def order(asked: str) -> list[School]:
        return [line.school for line in client.get(f"{url('school_spaces')}?{asked}").context["found"]]

    by_town = [cast.college, cast.veron, cast.cfa, cast.lycee]
    assert (
        order("") == order("tri=part") == order("tri=n%27importe") == [cast.veron, cast.college, cast.cfa, cast.lycee]
    )
    assert order("tri=taille") == [cast.college, cast.veron, cast.cfa, cast.lycee]
    assert order("tri=commune") == by_town
    assert order("q=jeanne") == [cast.lycee]


def test_the_list_costs_the_same_for_thirty_schools_as_for_four(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    client.get(url("school_spaces"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url("school_spaces"))
        return len(queries)

    few = cost()
    for _number in range(30):
        fill(a_school(), 100)
    assert cost() == few


def test_an_officer_inside_a_school_adjusts_nothing(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    client.post(url("school_visit", cast.college.pk), {"reason": "Appel de la proviseure", "hours": "1"})
    assert client.get(url("school_spaces")).status_code == 403
    assert adjusted(client, cast.college, "1 Go").status_code == 403
    assert "terminez cet accès" in text(client.get(url("setting_space")))


# --- Adjusting ---


def test_the_region_adjusts_a_school_for_a_reason_that_its_correspondant_reads(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    page = adjusted(client, cast.college, "2,5 go", "500 Mo", "Filière audiovisuelle")
    assert "Espace ajusté\u00a0: Collège des Bords-de-Loire, 2,5\u00a0Go." in text(page)
    assert (quota(cast.college).size, quota(cast.college).person_size) == (2.5 * GIB, 500 * MIB)
    form = text(client.get(url("school_space", cast.college.pk)))
    assert 'value="2,5\u00a0Go"' in form
    assert 'value="500\u00a0Mo"' in form
    tessier = cast.signed_in("m_tessier")
    assert "sur 2,5\u00a0Go" in text(tessier.get(url("setting_space")))
    journal = text(tessier.get(url("journal")))
    assert "Espace des fichiers ajusté" in journal
    assert "Filière audiovisuelle" in journal
    assert "sur 200\u00a0Go" in text(client.get(f"{url('school_spaces')}?q=jeanne"))


def test_an_empty_field_gives_back_what_every_school_has(cast: Cast) -> None:
    client = cast.signed_in("region_officer")
    adjusted(client, cast.college, "1 Go", "10 Mo")
    adjusted(client, cast.college, " ", "")
    assert (quota(cast.college).size, quota(cast.college).person_size) == (None, None)
    assert "Laissez vide pour 200\u00a0Go" in text(client.get(url("school_space", cast.college.pk)))


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ("beaucoup", "Écrivez un nombre et son unité"),
        ("200", "Écrivez un nombre et son unité"),
        ("1\x00 Go", "Écrivez un nombre et son unité"),
        ("0 Go", "Choisissez entre"),
        ("500 Ko", "Choisissez entre"),
        ("101 To", "Choisissez entre"),
        ("999999999 To", "Choisissez entre"),
    ],
)
def test_what_is_no_size_is_said_and_kept_in_the_field(cast: Cast, size: str, sentence: str) -> None:
    page = adjusted(cast.signed_in("region_officer"), cast.college, size)
    assert page.status_code == 422
    assert sentence in text(page)
    assert f'value="{size}"' in text(page)
    with scope.use(scope.EVERYTHING):
        assert not SchoolQuota.objects.exists()


def test_no_space_is_adjusted_without_a_reason(cast: Cast) -> None:
    assert adjusted(cast.signed_in("region_officer"), cast.college, "1 Go", reason=" ").status_code == 422


def test_less_than_what_is_taken_is_said_plainly_and_deletes_nothing(cast: Cast) -> None:
    fill(cast.college, 3 * MIB)
    page = text(adjusted(cast.signed_in("region_officer"), cast.college, "2 Mo"))
    assert (
        "3\u00a0Mo sur 2\u00a0Mo, 1\u00a0fichier. Rien n’est effacé\u202f; plus aucun fichier n’y est accepté." in page
    )
    assert "Plein" in page
    with scope.use(scope.EVERYTHING):
        assert File.objects.count() == 1
    assert "Plein" in text(cast.signed_in("m_tessier").get(url("setting_space")))


# --- What the correspondant knows ---


def test_a_correspondant_is_told_whom_to_ask_for_more(cast: Cast) -> None:
    page = text(cast.signed_in("m_tessier").get(url("setting_space")))
    assert "Sylvie Carré" in page
    assert "mailto:region.officer@ent.example?subject=Espace%20des%20fichiers" in page
    with scope.use(scope.EVERYTHING):
        Delegation.objects.filter(office=Office.REGION).update(starts="2020-09-01", ends="2021-08-31")
    page = text(cast.signed_in("m_tessier").get(url("setting_space")))
    assert "mailto:" not in page
    assert "L’équipe régionale le décide" in page


def test_the_correspondant_of_the_school_alone_is_told_once_that_it_is_almost_full(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        Delegation.objects.create(person=cast.mme_fabre, office=Office.SCHOOL, school=cast.lycee, starts=STARTS)
    adjusted(cast.signed_in("region_officer"), cast.college, "10 Mo")
    for size in (8 * MIB, MIB, MIB // 2):
        fill(cast.college, size)
        run_jobs()
    ((title, words),) = told(cast, "m_tessier")
    assert title == "L’espace des fichiers est presque plein"
    assert words == (
        "Collège des Bords-de-Loire\u00a0: 9\u00a0Mo sur 10\u00a0Mo, 2\u00a0fichiers."
        " Quand il sera plein, plus aucun fichier n’y sera accepté."
    )
    assert told(cast, "mme_fabre") == told(cast, "region_officer") == []
    assert [message.to for message in mail.outbox] == [["m.tessier@ent.example"]]
    with scope.use(scope.EVERYTHING):
        assert Record.objects.filter(action="files.note_space", school=cast.college).count() == 1


def test_a_space_that_became_full_at_once_is_told_as_full(cast: Cast) -> None:
    fill(cast.college, 3 * MIB)
    adjusted(cast.signed_in("region_officer"), cast.college, "2 Mo")
    run_jobs()
    ((title, words),) = told(cast, "m_tessier")
    assert title == "L’espace des fichiers est plein"
    assert words.endswith("Plus aucun fichier n’y est accepté\u202f; rien n’est effacé.")


def test_room_made_meanwhile_is_told_to_nobody(cast: Cast) -> None:
    adjusted(cast.signed_in("region_officer"), cast.college, "1 Mo")
    fill(cast.college, MIB)
    with scope.use(scope.EVERYTHING):
        row = SchoolQuota.objects.get(school=cast.college)
        row.almost_full_since = "2026-11-23T08:00:00Z"
        row.save()
        row.refresh_from_db()
        tell_almost_full(cast.college, row.almost_full_since)
        notice = SpaceAlmostFull(cast.college.pk, row.almost_full_since.isoformat())
        assert notice.still_true()
        SchoolQuota.objects.update(almost_full_since=None, size=None)
        assert not notice.still_true()
    run_jobs()
    assert told(cast, "m_tessier") == []


def test_the_notice_is_among_the_preferences_of_correspondants_only(cast: Cast) -> None:
    with scope.use(scope.EVERYTHING):
        for name, shown in (("m_tessier", True), ("region_officer", False), ("ines", False)):
            labels = {str(line.label) for line in preferences(cast.people[name].account_id).lines}
            assert ("Espace des fichiers" in labels) == shown, name
