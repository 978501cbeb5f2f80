"""The home page's widgets: each app declares its own in `widgets.py`."""

from typing import Any, ClassVar

from ent.core.registries import Registry


class Widget:
    """A block of a home page. It exists only for whom it says something.

    `column` is "wide" (across the page, before all), "main" or "side"; `order` ranks within it.
    """

    template: ClassVar[str]
    column: ClassVar[str] = "main"
    order: ClassVar[int] = 50

    @classmethod
    def facts(cls, viewer: Any) -> dict[str, Any] | None:
        """What the template shows to this viewer, or None where there is nothing to say."""
        raise NotImplementedError


widgets: Registry[type[Widget]] = Registry("widgets")
