"""Imports: their life (`runs`) and their application to a school (`attempt`)."""

from ent.directory.actions.imports.attempt import import_school, learn_nomenclatures, preview_school
from ent.directory.actions.imports.changes import Seen
from ent.directory.actions.imports.people import RANK
from ent.directory.actions.imports.runs import (
    Note,
    PublicSchool,
    abandon_import,
    ask_import,
    begin_reading,
    enter,
    fail_import,
    finish_import,
    finish_preview,
    force_school,
    interrupted,
    note,
    show_progress,
    welcome_school,
)

__all__ = [
    "RANK",
    "Note",
    "PublicSchool",
    "Seen",
    "abandon_import",
    "ask_import",
    "begin_reading",
    "enter",
    "fail_import",
    "finish_import",
    "finish_preview",
    "force_school",
    "import_school",
    "interrupted",
    "learn_nomenclatures",
    "note",
    "preview_school",
    "show_progress",
    "welcome_school",
]
