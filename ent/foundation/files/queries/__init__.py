"""Reading files: their contents, the room left, what a name and a type should be, what the antivirus says."""

from ent.foundation.files.queries.contents import for_reader, open_file
from ent.foundation.files.queries.room import quota_of, space_of, spaces_of

__all__ = ["for_reader", "open_file", "quota_of", "space_of", "spaces_of"]
