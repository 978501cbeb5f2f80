"""A file's name is safe to show and to save, and its ending tells the truth."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ent.foundation.files.enums import ENDINGS
from ent.foundation.files.queries.names import LONGEST, clean_name, sniff
from ent.foundation.files.tests.samples import EXE, HTML, JPEG, PDF, PNG, SHELL, SVG, archive, office

PDF_TYPE = "application/pdf"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Bulletin de Malo.pdf", "Bulletin de Malo.pdf"),
        ("Évaluation n° 3.PDF", "Évaluation n° 3.pdf"),
        ("e\u0301le\u0300ve.pdf", "élève.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Malo\\devoir.pdf", "devoir.pdf"),
        ("..\\..\\web.config", "web.config.pdf"),
        ("/", "fichier.pdf"),
        ("", "fichier.pdf"),
        ("...", "fichier.pdf"),
        (".htaccess", "htaccess.pdf"),
        (".pdf", "pdf.pdf"),
        ("rapport.pdf.exe", "rapport.pdf"),
        ("rapport.exe.pdf", "rapport.exe.pdf"),
        ("photo.jpg", "photo.pdf"),
        ("v1.2 finale", "v1.2 finale.pdf"),
        ("facture\u202efdp.exe", "facturefdp.pdf"),
        ("a\x00b\nc\td.pdf", "ab c d.pdf"),
        ('de"voir<1>|?*.pdf', "de-voir-1----.pdf"),
        ("CON.pdf", "fichier CON.pdf"),
        ("lpt1.txt.pdf", "fichier lpt1.txt.pdf"),
        ("x" * 400 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_a_name_is_cleaned(given_name: str, kept: str) -> None:
    assert clean_name(given_name, PDF_TYPE) == kept


@given(st.text(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_whatever_is_sent_the_name_is_safe_and_stays_the_same(name: str, media_type: str) -> None:
    kept = clean_name(name, media_type)
    assert kept.endswith(ENDINGS[media_type])
    assert len(kept) <= LONGEST + len("fichier ")
    assert not re.search(r'[/\\<>:"|?*]', kept)
    assert not kept.startswith((".", " "))
    assert all(unicodedata.category(character)[0] != "C" for character in kept)
    assert clean_name(kept, media_type) == kept


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (EXE, "application/x-dosexec"),
        (SVG, "image/svg+xml"),
        (HTML, "text/html"),
        (SHELL, "text/x-shellscript"),
        (office("word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office("xl"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("ppt"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (archive(), "application/zip"),
        ("Nom;Prénom\nMoreau;Inès\n".encode("cp1252"), "text/plain"),
    ],
)
def test_the_content_says_what_a_file_is(content: bytes, media_type: str) -> None:
    assert sniff(content) == media_type
