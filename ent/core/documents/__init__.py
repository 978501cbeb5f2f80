"""PDF files: a template of the app that makes them and plain data, tagged so that a screen reader reads them.

The data travels beside the template, never inside it: nothing that a person wrote can become a command.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent


def pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """The PDF/UA-1 file that `template` (a .typ file) draws of `data`, plain JSON, which it reads as `sys.inputs.data`.

    The template sets the document's title and its language.
    """
    return typst.compile(
        template,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        font_paths=[FONTS],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
