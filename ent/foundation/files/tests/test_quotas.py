"""Each school has the room that the region gives it, and those who watch are told once when it is almost taken."""

import io

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ent.core.actors import Actor
from ent.core.errors import Refused
from ent.core.tests.queue import run_jobs, waiting
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.files.actions import delete_file, set_quota, store_file
from ent.foundation.files.models import MIB, File, SchoolQuota
from ent.foundation.files.queries import quota_of, space_of, spaces_of
from ent.foundation.files.queries.room import space_watchers
from ent.foundation.files.templatetags.sizes import exact_size_text, read_size, size_text
from ent.foundation.files.tests.samples import PDF
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from tests.factory import a_school

CARRE = Actor("Sylvie Carré", account_id=5, person_id=6)
GIB = 1024 * MIB


@pytest.fixture
def school(everything: None) -> School:
    return a_school("Lycée Jeanne-de-Touraine")


@pytest.fixture
def fabre(everything: None) -> Account:
    return Account.objects.create(identifier="helene.fabre")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The schools of which somebody was told that their space is almost full."""
    heard: list[str] = []
    monkeypatch.setattr(space_watchers, "_items", {"test": lambda school, since: heard.append(school.name)})
    monkeypatch.setattr(space_watchers, "_discovered", True)
    return heard


def store(school: School | None, size: int = MIB, owner: Account | None = None) -> File:
    content = io.BytesIO(PDF.ljust(size, b"\0"))
    return store_file(content, name="x.pdf", use="essays.note", school=school, owner=owner, by=CARRE)


def adjust(school: School, size: int | None = None, person_size: int | None = None, reason: str = "Demande") -> None:
    set_quota(school, size=size, person_size=person_size, reason=reason, by=CARRE)


def test_a_school_without_a_quota_has_what_the_settings_say(school: School, settings) -> None:
    space = space_of(school)
    assert (space.size, space.person) == (settings.FILES_SCHOOL_SIZE, settings.FILES_PERSON_SIZE)
    adjust(school, size=3 * GIB)
    assert (space_of(school).size, space_of(school).person) == (3 * GIB, settings.FILES_PERSON_SIZE)


def test_a_school_of_little_room_refuses_what_another_takes_and_names_its_own_limit(school: School) -> None:
    adjust(school, size=2 * MIB)
    store(school)
    store(school)
    with pytest.raises(Refused, match="L’espace de votre établissement est plein\u00a0: 2\u00a0Mo au plus"):
        store(school)
    assert store(a_school()).pk


def test_a_person_meets_the_limit_of_a_person_in_their_school(school: School, fabre: Account) -> None:
    adjust(school, size=GIB, person_size=MIB)
    store(school, owner=fabre)
    with pytest.raises(Refused, match="Votre espace est plein\u00a0: 1\u00a0Mo au plus"):
        store(school, owner=fabre)
    assert store(school).pk
    assert store(a_school(), owner=fabre).pk


def test_too_many_files_are_refused_by_their_number(school: School, settings) -> None:
    settings.FILES_SCHOOL_COUNT = 2
    store(school)
    store(school)
    with pytest.raises(Refused, match="est plein\u00a0: 2\u00a0fichiers au plus"):
        store(school)


def test_the_region_s_own_space_is_named_as_such(school: School, settings) -> None:
    settings.FILES_SCHOOL_SIZE = MIB
    store(None)
    with pytest.raises(Refused, match="L’espace de la région est plein\u00a0: 1\u00a0Mo au plus"):
        store(None)
    assert run_jobs() == 0


def test_less_than_what_is_taken_deletes_nothing_and_takes_no_more(school: School) -> None:
    for _ in range(3):
        store(school)
    adjust(school, size=2 * MIB)
    assert File.objects.count() == 3
    assert space_of(school).is_full
    with pytest.raises(Refused, match="2\u00a0Mo au plus"):
        store(school)


def test_the_journal_of_the_school_keeps_who_gave_what_and_why(school: School) -> None:
    adjust(school, size=5 * GIB // 2, person_size=500 * MIB, reason="Filière audiovisuelle")
    kept = Record.objects.get()
    assert (kept.action_label, kept.actor_label, kept.reason) == (
        "Espace des fichiers ajusté",
        "Sylvie Carré",
        "Filière audiovisuelle",
    )
    assert kept.target_label == "2,5\u00a0Go en tout, 500\u00a0Mo par personne"
    assert kept.school_id == school.pk
    assert kept.details["before"] == {"size": None, "person_size": None}


def test_a_quota_without_a_reason_is_refused(school: School) -> None:
    with pytest.raises(Refused, match="Dites pourquoi"):
        adjust(school, size=GIB, reason="  ")
    assert not SchoolQuota.objects.exists()


@pytest.mark.parametrize("column", ["size", "person_size"])
def test_no_quota_is_under_a_megabyte(school: School, column: str) -> None:
    with pytest.raises(IntegrityError, match=f"school_quota_{column}"), transaction.atomic():
        adjust(school, **{column: MIB - 1})


def test_a_school_reads_its_quota_and_cannot_raise_it(school: School) -> None:
    adjust(school, size=GIB)
    with scope.use(scope.of_school(school.pk)):
        assert quota_of(school).most == GIB
        assert SchoolQuota.objects.update(size=2 * GIB) == 0
    bare = a_school()
    with (
        scope.use(scope.of_school(bare.pk)),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        SchoolQuota.objects.create(school=bare, size=2 * GIB)


# --- Almost full ---


def test_it_is_told_once_when_nine_tenths_are_taken_and_not_at_each_file(school: School, told: list[str]) -> None:
    adjust(school, size=10 * MIB)
    for _ in range(8):
        store(school)
    run_jobs()
    assert told == []
    store(school)
    run_jobs()
    assert told == ["Lycée Jeanne-de-Touraine"]
    store(school)
    run_jobs()
    assert told == ["Lycée Jeanne-de-Touraine"]


def test_it_is_told_again_after_room_was_made(school: School, told: list[str]) -> None:
    adjust(school, size=10 * MIB)
    files = [store(school) for _ in range(9)]
    run_jobs()
    delete_file(files[0], by=CARRE)
    run_jobs()
    assert quota_of(school).almost_full_since is None
    store(school)
    run_jobs()
    assert len(told) == 2


def test_less_room_crosses_the_line_and_more_room_comes_back(school: School, told: list[str]) -> None:
    for _ in range(3):
        store(school)
    adjust(school, size=3 * MIB)
    run_jobs()
    assert len(told) == 1
    adjust(school, size=GIB)
    run_jobs()
    assert (len(told), quota_of(school).almost_full_since) == (1, None)


def test_many_small_files_cross_the_line_by_their_number(school: School, told: list[str], settings) -> None:
    settings.FILES_SCHOOL_COUNT = 10
    for _ in range(9):
        store(school, size=len(PDF))
    run_jobs()
    assert len(told) == 1
    assert space_of(school).words.startswith("9\u00a0fichiers sur 10, ")


def test_a_job_run_twice_tells_once(school: School, told: list[str]) -> None:
    adjust(school, size=MIB)
    store(school)
    assert waiting("files.review_space") == [{"school_id": school.pk}] * 2
    run_jobs()
    assert len(told) == 1
    assert Record.objects.filter(action="files.note_space").count() == 1


def test_a_file_far_from_the_line_asks_for_no_job(school: School) -> None:
    store(school)
    assert waiting() == []


def test_the_spaces_of_thirty_schools_cost_what_one_s_does(school: School) -> None:
    store(school)
    adjust(school, size=GIB)
    schools = [school, *(a_school() for _ in range(30))]
    with CaptureQueriesContext(connection) as queries:
        spaces = spaces_of(schools)
    assert len(queries) == 2
    assert (spaces[school.pk].used.size, spaces[school.pk].size) == (MIB, GIB)
    assert spaces[schools[5].pk].used.files == 0


# --- Sizes ---


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0\u00a0octet"),
        (2, "2\u00a0octets"),
        (1536, "1,5\u00a0Ko"),
        (500 * MIB, "500\u00a0Mo"),
        (1500 * MIB, "1,46\u00a0Go"),
        (200 * GIB, "200\u00a0Go"),
        (2048 * GIB, "2\u00a0To"),
    ],
)
def test_a_size_is_written_in_french(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2,5 Go", 2.5 * GIB),
        ("2.5go", 2.5 * GIB),
        ("500\u202fMo", 500 * MIB),
        ("1 024 mo", GIB),
        ("1\u00a0To", 1024 * GIB),
    ],
)
def test_a_size_is_read_as_one_types_it(text: str, size: float) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "200", "beaucoup", "-2 Go", "2,5,1 Go", "٣ Go", "1e9 Go", "2 Gio"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the text itself
        read_size(text)


def test_a_size_written_exactly_is_read_back_as_it_was() -> None:
    assert exact_size_text(1500 * MIB) == "1500\u00a0Mo"
    for size in (MIB, 1500 * MIB, 2389 * MIB, 5 * GIB // 2, 200 * GIB):
        assert read_size(exact_size_text(size)) == size
