"""The first steps on the home page, until they are done or put off."""

from typing import Any

from ent.core.widgets import Widget, widgets
from ent.directory.viewer import Viewer
from ent.identity.firststeps.queries import steps_of


@widgets.register("firststeps.steps")
class FirstSteps(Widget):
    """What is left to do to be at home here."""

    template = "firststeps/widgets/steps.html"
    column = "wide"
    order = 3

    @classmethod
    def facts(cls, viewer: Viewer) -> dict[str, Any] | None:
        steps = steps_of(viewer.account)
        left = [one for one in steps if not (one.is_done or one.is_later)]
        # The account itself is open: that is the first of them.
        return {"left": left, "done": len(steps) - len(left) + 1, "total": len(steps) + 1} if left else None
