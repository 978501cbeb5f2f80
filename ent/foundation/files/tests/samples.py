"""Contents of each kind, as small as their kind allows."""

import io
import zipfile

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9"
EXE = b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(200)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SHELL = b"#!/bin/sh\nrm -rf /\n"
# The antivirus trade's harmless test file, cut in two so that no antivirus takes this one for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def office(kind: str) -> bytes:
    """A Word, Excel or PowerPoint file: `kind` is word, xl or ppt."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", f"{kind}/document.xml"):
            archive.writestr(name, "<x/>" * 200)
    return stream.getvalue()


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("devoir.txt", "x")
    return stream.getvalue()
