"""A file is stored encrypted, measured and checked, or refused with a sentence and nothing left behind."""

import hashlib
import io
import os
import shutil
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ent.core import crypto
from ent.core.actors import SYSTEM, Actor
from ent.core.crypto import SEGMENT, TAG, CannotOpen
from ent.core.errors import Refused, TooLarge
from ent.foundation.accounts.models import Account
from ent.foundation.audit.models import Record
from ent.foundation.files import tasks
from ent.foundation.files.actions import delete_file, remove_strays, store_file
from ent.foundation.files.models import File
from ent.foundation.files.permissions import MIB
from ent.foundation.files.queries import for_reader, open_file
from ent.foundation.files.queries.contents import PARTIAL, content_path, damaged_files
from ent.foundation.files.queries.room import Usage, usage
from ent.foundation.files.tests.samples import EXE, HTML, PDF, SHELL, SVG, archive, office
from ent.foundation.schools import scope
from ent.foundation.schools.models import Region, School

FABRE = Actor("Hélène Fabre", account_id=3, person_id=4)
LONG = PDF + os.urandom(3 * SEGMENT)


@pytest.fixture
def school(everything: None) -> School:
    region = Region.objects.create(name="Centre-Val de Loire", academy_code="18")
    return School.objects.create(region=region, uai="0379902M", name="Lycée Jeanne-de-Touraine")


@pytest.fixture
def fabre(everything: None) -> Account:
    return Account.objects.create(identifier="helene.fabre")


def store(
    content: bytes, school: School, owner: Account | None = None, *, use="essays.note", name="devoir.pdf"
) -> File:
    return store_file(io.BytesIO(content), name=name, use=use, school=school, owner=owner, by=FABRE)


def contents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_stored_file_comes_back_and_is_not_readable_on_disk(school: School, fabre: Account, folder: Path) -> None:
    file = store(LONG, school, fabre, name="C:\\Devoirs\\Chapitre 3.PDF")
    file.refresh_from_db()
    assert b"".join(open_file(file)) == LONG
    assert (file.name, file.media_type, file.size) == ("Chapitre 3.pdf", "application/pdf", len(LONG))
    assert bytes(file.digest) == hashlib.sha256(LONG).digest()
    assert file.owner_account == fabre.pk
    (path,) = contents(folder)
    assert path == content_path(file.path)
    assert b"PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    record = Record.objects.get()
    assert (record.action_label, record.actor_label, record.target_label, record.school_id) == (
        "Fichier déposé",
        "Hélène Fabre",
        "Chapitre 3.pdf",
        school.pk,
    )


def test_two_files_of_one_content_share_nothing_on_disk(school: School) -> None:
    first, second = store(PDF, school), store(PDF, school)
    assert first.key != second.key
    assert content_path(first.path).read_bytes() != content_path(second.path).read_bytes()


def test_the_key_of_a_file_lies_under_the_master_key(school: School, settings) -> None:
    file = store(PDF, school)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM files_file")
        sealed = bytes(cursor.fetchone()[0])
    assert file.key not in sealed
    assert crypto.key_name(sealed) == "test"
    settings.MASTER_KEYS = [crypto.new_key("other")]
    with pytest.raises(CannotOpen):
        file.refresh_from_db()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (EXE, "bulletin.pdf"),
        (SVG, "logo.png"),
        (SVG, "logo.svg"),
        (HTML, "page.txt"),
        (HTML, "page.pdf"),
        (SHELL, "note.txt"),
        (archive(), "devoir.docx"),
        (bytes(100), "devoir.pdf"),
    ],
)
def test_a_content_that_is_not_of_an_accepted_kind_is_refused(
    school: School, folder: Path, content: bytes, name: str
) -> None:
    with pytest.raises(Refused, match="Ce genre de fichier n’est pas accepté ici"):
        store(content, school, name=name)
    assert not File.objects.exists()
    assert contents(folder) == []


def test_an_office_file_keeps_its_ending_whatever_it_was_called(school: School) -> None:
    assert store(office("word"), school, name="devoir.doc").name == "devoir.docx"


def test_an_empty_file_is_refused(school: School, folder: Path) -> None:
    with pytest.raises(Refused, match="vide"):
        store(b"", school)
    assert contents(folder) == []


def test_a_file_over_the_limit_of_its_use_is_refused_and_leaves_nothing(school: School, folder: Path) -> None:
    assert store(PDF + bytes(2 * MIB - len(PDF)), school, use="essays.passing").size == 2 * MIB
    with pytest.raises(TooLarge, match="2\u00a0Mo au plus"):
        store(PDF + bytes(2 * MIB - len(PDF) + 1), school, use="essays.passing")
    assert File.objects.count() == len(contents(folder)) == 1


def test_a_file_over_the_limit_of_the_service_is_read_no_further(school: School, settings) -> None:
    settings.UPLOAD_LIMIT = MIB

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return PDF.ljust(size, b"\0")

    stream = Endless()
    with pytest.raises(TooLarge):
        store_file(stream, name="x.pdf", use="essays.note", school=school, owner=None, by=FABRE)
    assert stream.given < 2 * MIB


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("FILES_PERSON_SIZE", 2 * len(PDF) + 1, "Votre espace est plein"),
        ("FILES_PERSON_COUNT", 2, "Votre espace est plein"),
        ("FILES_SCHOOL_SIZE", 2 * len(PDF) + 1, "L’espace de votre établissement est plein"),
        ("FILES_SCHOOL_COUNT", 2, "L’espace de votre établissement est plein"),
    ],
)
def test_the_third_file_goes_over_the_quota(
    school: School, fabre: Account, settings, folder: Path, setting: str, value: int, sentence: str
) -> None:
    setattr(settings, setting, value)
    first = store(PDF, school, fabre)
    store(PDF, school, fabre)
    with pytest.raises(Refused, match=sentence):
        store(PDF, school, fabre)
    assert usage(school) == Usage(files=2, size=2 * len(PDF))
    assert len(contents(folder)) == 2
    delete_file(first, by=FABRE)
    assert store(PDF, school, fabre).pk


def test_a_person_s_quota_is_theirs_alone(school: School, fabre: Account, settings) -> None:
    settings.FILES_PERSON_COUNT = 1
    store(PDF, school, fabre)
    store(PDF, school, Account.objects.create(identifier="julien.lemaire"))
    store(PDF, school)


def test_storing_and_reading_take_constant_memory(school: School) -> None:
    class Big(io.RawIOBase):
        left = 19 * MIB

        def read(self, size: int = -1) -> bytes:
            if self.left == 19 * MIB:
                self.left -= len(PDF)
                return PDF
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    tracemalloc.start()
    file = store_file(Big(), name="x.pdf", use="essays.note", school=school, owner=None, by=FABRE)
    read = sum(len(part) for part in open_file(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == file.size == 19 * MIB
    assert peak < 4 * MIB


def test_a_rolled_back_transaction_leaves_no_row_and_its_content_goes_the_next_night(
    school: School, folder: Path
) -> None:
    with transaction.atomic():
        store(PDF, school)
        transaction.set_rollback(True)
    kept = store(PDF, school)
    assert File.objects.count() == 1
    assert len(contents(folder)) == 2
    assert remove_strays(by=SYSTEM) == 0  # it may belong to a transaction under way
    yesterday = time.time() - 25 * 3600
    for path in contents(folder):
        os.utime(path, (yesterday, yesterday))
    draft = folder / PARTIAL / "left-by-a-crash"
    draft.write_bytes(b"x")
    os.utime(draft, (yesterday, yesterday))
    tasks.tidy_up()
    assert contents(folder) == [content_path(kept.path)]
    assert Record.objects.filter(action="files.remove_strays").get().details == {"contents": 2}


def test_a_content_that_cannot_be_written_leaves_no_row(school: School, folder: Path, monkeypatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store(PDF, school)
    assert not File.objects.exists()
    assert contents(folder) == []


def test_a_deleted_file_loses_its_content_once_that_is_certain(
    school: School, folder: Path, django_capture_on_commit_callbacks
) -> None:
    file = store(PDF, school)
    with django_capture_on_commit_callbacks(execute=True):
        delete_file(file, by=FABRE)
        assert len(contents(folder)) == 1
    assert contents(folder) == []
    assert not File.objects.exists()
    assert Record.objects.first().action_label == "Fichier supprimé"


def test_a_file_goes_when_its_use_keeps_it_no_longer(school: School, django_capture_on_commit_callbacks) -> None:
    old, recent, other = (store(PDF, school, use=use) for use in ("essays.passing", "essays.passing", "essays.note"))
    month = timezone.now() - timedelta(days=31)
    File.objects.filter(pk__in=[old.pk, other.pk]).update(created_at=month)
    tasks.tidy_up()
    assert set(File.objects.all()) == {recent, other}


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[: len(crypto.SEGMENTS_HEAD) + SEGMENT + TAG],
        lambda content: content + b"x",
        lambda content: content[:100] + b"x" + content[101:],
        lambda content: content[:-5] + b"x" + content[-4:],
        lambda content: b"",
    ],
)
def test_a_content_changed_on_disk_is_never_taken_for_the_file(school: School, damage) -> None:
    file = store(LONG, school)
    path = content_path(file.path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CannotOpen):
        list(open_file(file))
    assert list(damaged_files(deep=True)) == [file]


def test_the_content_of_another_file_does_not_open(school: School) -> None:
    mine, other = store(PDF, school), store(PDF, school)
    shutil.copy(content_path(other.path), content_path(mine.path))
    with pytest.raises(Refused, match="abîmé"):
        for_reader(mine)
    assert list(damaged_files(deep=False)) == []
    assert list(damaged_files(deep=True)) == [mine]


def test_a_content_that_is_gone_is_said_so(school: School) -> None:
    file = store(PDF, school)
    content_path(file.path).unlink()
    with pytest.raises(Refused, match="abîmé"):
        for_reader(file)
    assert list(damaged_files(deep=False)) == [file]


def test_a_school_cannot_store_in_another_s_name(school: School, folder: Path) -> None:
    elsewhere = School.objects.create(region=school.region, uai="0379901L", name="Collège des Bords-de-Loire")
    with scope.use(scope.of_school(elsewhere.pk)):
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            store(PDF, school)
        assert not File.objects.exists()
        assert store(PDF, elsewhere).pk


@pytest.fixture
def committed_school(django_db_setup: None, django_db_blocker):
    """A school and an account that several connections see."""
    with django_db_blocker.unblock():
        with scope.use(scope.EVERYTHING):
            region = Region.objects.create(name="Centre-Val de Loire", academy_code="18")
            school = School.objects.create(region=region, uai="0379902M", name="Lycée Jeanne-de-Touraine")
            account = Account.objects.create(identifier="helene.fabre")
        yield school, account
        with scope.use(scope.EVERYTHING):
            File.objects.all().delete()
            account.delete()
            school.delete()
            region.delete()
        connection.close()


def test_two_uploads_at_once_do_not_both_take_the_last_room(committed_school, settings) -> None:
    school, fabre = committed_school
    settings.FILES_PERSON_COUNT = 1
    together = threading.Barrier(2)

    def upload() -> bool:
        together.wait(10)
        try:
            with scope.use(scope.of_school(school.pk)):
                store(PDF, school, fabre)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: upload(), range(2))) == [False, True]
