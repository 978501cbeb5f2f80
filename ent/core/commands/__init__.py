"""The commands of `ent` that belong to no feature."""

from ent.core.commands import serve, upkeep

__all__ = ["serve", "upkeep"]
