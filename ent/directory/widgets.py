"""What the directory says on each person's home."""

from typing import Any

from django.utils import timezone

from ent.core.widgets import Widget, widgets
from ent.directory.enums import SCHOOLING_DUTIES, LegalDuty, Profile
from ent.directory.models import ImportRun
from ent.directory.permissions import can_administer_accounts, can_browse_divisions, can_see_imports, imports_to_decide
from ent.directory.queries.administration.accounts import account_figures
from ent.directory.queries.cards import written_phone
from ent.directory.queries.import_pages import listed
from ent.directory.queries.people import (
    chosen_ward,
    guardians_of,
    own_places,
    places_of,
    taught_by,
    teachers_of,
    wards_of,
)
from ent.directory.queries.settings import look_of
from ent.directory.queries.structures import current_year, figures_of, levels_of
from ent.directory.viewer import Viewer


@widgets.register("directory.notice")
class SchoolNotice(Widget):
    """What the school tells everyone."""

    template = "directory/widgets/notice.html"
    column = "wide"
    order = 5

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        look = look_of(viewer)
        if look is None or not look.notice or (look.notice_until and look.notice_until < timezone.localdate()):
            return None
        return {"notice": look.notice, "school": look.school}


@widgets.register("directory.import_waiting")
class ImportWaiting(Widget):
    """An import that waits for a human."""

    template = "directory/widgets/import_waiting.html"
    column = "wide"
    order = 1

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if not can_see_imports(viewer):
            return None
        run = imports_to_decide(viewer).order_by("-pk").first()
        return {"run": run} if run else None


@widgets.register("directory.my_divisions")
class MyDivisions(Widget):
    """A teacher's divisions and groups."""

    template = "directory/widgets/my_divisions.html"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if viewer.membership is None or viewer.profile != Profile.TEACHER:
            return None
        taught = taught_by(viewer.membership)
        return {"taught": taught} if taught.divisions or taught.groups else None


@widgets.register("directory.my_teachers")
class MyTeachers(Widget):
    """A learner's teachers."""

    template = "directory/widgets/my_teachers.html"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        return {"teachers": teachers_of(own_places(viewer))} if viewer.is_learner else None


@widgets.register("directory.my_places")
class MyPlaces(Widget):
    """A learner's division and groups."""

    template = "directory/widgets/my_places.html"
    column = "side"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        divisions, groups = own_places(viewer) if viewer.is_learner else ([], [])
        return {"divisions": divisions, "groups": groups} if divisions or groups else None


@widgets.register("directory.my_child")
class MyChild(Widget):
    """The chosen child's division and teachers, for whoever follows their schooling."""

    template = "directory/widgets/my_child.html"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        ward = chosen_ward(viewer, wards_of(viewer)) if viewer.is_guardian else None
        if ward is None or ward.guardianship.legal not in SCHOOLING_DUTIES:
            return None
        return {"ward": ward, "teachers": teachers_of(ward.places)}


@widgets.register("directory.not_followed")
class NotFollowed(Widget):
    """Why the home is bare of a guardian who answers for nobody, or for the chosen child is a mere contact."""

    template = "directory/widgets/not_followed.html"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if not viewer.is_guardian:
            return None
        ward = chosen_ward(viewer, wards_of(viewer))
        return None if ward and ward.guardianship.legal in SCHOOLING_DUTIES else {"ward": ward}


@widgets.register("directory.my_apprentices")
class MyApprentices(Widget):
    """A master's apprentices."""

    template = "directory/widgets/my_apprentices.html"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if viewer.membership is None or viewer.profile != Profile.MASTER:
            return None
        rows = viewer.membership.apprentices.on(timezone.localdate()).select_related("apprentice__person")
        places = places_of([row.apprentice.person_id for row in rows])
        return {"rows": [(row, places.get(row.apprentice.person_id, ([], []))[0]) for row in rows]}


@widgets.register("directory.school_figures")
class SchoolFigures(Widget):
    """The school in figures, for its staff without classes of their own."""

    template = "directory/widgets/school_figures.html"
    column = "wide"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if viewer.school is None or not can_browse_divisions(viewer) or viewer.profile == Profile.TEACHER:
            return None
        accounts = account_figures(viewer.school) if can_administer_accounts(viewer) else None
        return {"figures": figures_of(viewer.school), "accounts": accounts}


@widgets.register("directory.levels")
class Levels(Widget):
    """The school level by level, for its staff without classes of their own."""

    template = "directory/widgets/levels.html"
    order = 15

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if not can_browse_divisions(viewer) or viewer.profile == Profile.TEACHER:
            return None
        year = current_year(viewer.school) if viewer.school else None
        levels = levels_of(year, heads=False) if year else []
        return {"levels": levels} if levels else None


@widgets.register("directory.my_schools")
class MySchools(Widget):
    """One's schools, how to reach them, and who looks after the ENT there."""

    template = "directory/widgets/my_schools.html"
    column = "side"
    order = 20

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        schools = {membership.school for membership in viewer.memberships}
        if not schools:
            return None
        return {"schools": [(school, written_phone(school.phone)) for school in sorted(schools, key=str)]}


@widgets.register("directory.last_imports")
class LastImports(Widget):
    """What came in last night, for the administrators."""

    template = "directory/widgets/last_imports.html"
    column = "main"
    order = 20

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        if not can_see_imports(viewer):
            return None
        return {"lines": listed(viewer, list(ImportRun.objects.order_by("-pk")[:3]))}


@widgets.register("directory.wards_elsewhere")
class Family(Widget):
    """The other guardians of the chosen child, for a legal guardian."""

    template = "directory/widgets/family.html"
    column = "side"
    order = 10

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        ward = chosen_ward(viewer, wards_of(viewer)) if viewer.is_guardian else None
        if ward is None or ward.guardianship.legal != LegalDuty.LEGAL:
            return None
        others = [row for row in guardians_of(ward.pupil) if row.guardian_id != viewer.person.pk]
        return {"ward": ward, "others": others}
