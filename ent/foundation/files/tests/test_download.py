"""A file is downloaded by whom its use lets read it, and nothing in it can act in our pages' name."""

import io
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from ent.core.actors import SYSTEM
from ent.foundation.files import permissions
from ent.foundation.files.actions import store_file
from ent.foundation.files.models import File
from ent.foundation.files.queries.contents import content_path
from ent.foundation.files.tests.samples import JPEG, PDF
from ent.foundation.schools import scope
from tests.cast import Cast

BIG = PDF + bytes(range(256)) * 1024


def store(cast: Cast, owner: str = "mme_fabre", content: bytes = BIG, name: str = "Évaluation « n° 3 ».pdf") -> File:
    with scope.use(scope.EVERYTHING):
        return store_file(
            io.BytesIO(content),
            name=name,
            use="essays.note",
            school=cast.lycee,
            owner=cast.people[owner].account,
            by=SYSTEM,
        )


def get(cast: Cast, who: str, file: File):
    return cast.signed_in(who).get(reverse("files:download", args=[file.pk]))


def test_the_right_person_gets_the_content_under_its_name(cast: Cast) -> None:
    file = store(cast)
    assert reverse("files:download", args=[file.pk]) == f"/fichiers/{file.pk}/"
    response = get(cast, "mme_fabre", file)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == BIG
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert unquote(disposition.partition("''")[2]) == "Évaluation « n° 3 ».pdf"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(BIG))


def test_its_headers_let_nothing_run_nor_be_kept(cast: Cast) -> None:
    file = store(cast)
    response = cast.signed_in("mme_fabre").get(
        reverse("files:download", args=[file.pk]), headers={"Accept-Encoding": "gzip"}
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Encoding"] == "identity"


def test_a_picture_is_shown_in_the_page(cast: Cast) -> None:
    response = get(cast, "mme_fabre", store(cast, content=JPEG, name="photo.jpeg"))
    assert response["Content-Disposition"] == 'inline; filename="photo.jpeg"'
    assert response["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("who", "status"),
    [("mme_dupont", 403), ("ines", 403), ("claire", 403), ("malo", 404), ("karim", 404), ("region_officer", 404)],
)
def test_the_wrong_person_gets_nothing(cast: Cast, who: str, status: int) -> None:
    response = get(cast, who, store(cast))
    assert response.status_code == status
    assert not response.streaming


def test_a_stranger_is_sent_to_sign_in(cast: Cast) -> None:
    response = get(cast, "stranger", store(cast))
    assert response.status_code in {302, 303}


def test_a_use_that_is_no_longer_declared_opens_to_nobody(cast: Cast, monkeypatch) -> None:
    file = store(cast)
    monkeypatch.delitem(permissions.uses._items, "essays.note")
    assert get(cast, "mme_fabre", file).status_code == 403


def test_an_unknown_file_is_not_found_and_a_post_not_allowed(cast: Cast) -> None:
    client: Client = cast.signed_in("mme_fabre")
    assert client.get("/fichiers/999999/").status_code == 404
    assert client.post("/fichiers/999999/").status_code == 405


def test_a_damaged_file_is_said_so_on_a_page(cast: Cast) -> None:
    file = store(cast)
    content_path(file.path).write_bytes(b"x")
    response = get(cast, "mme_fabre", file)
    assert response.status_code == 409
    assert "Ce fichier est abîmé" in response.content.decode()


def test_a_head_request_gives_the_headers_alone(cast: Cast) -> None:
    file = store(cast)
    response = cast.signed_in("mme_fabre").head(reverse("files:download", args=[file.pk]))
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(BIG))


def test_a_sending_over_the_limit_is_refused_before_it_is_read(client: Client, db: None, settings) -> None:
    settings.UPLOAD_LIMIT = 1024

    class Untouched(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    response = client.generic(
        "POST",
        "/",
        b"",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(2 * 1024**3),
        **{"wsgi.input": Untouched()},
    )
    assert response.status_code == 413
    assert "Cet envoi est trop lourd" in response.content.decode()
