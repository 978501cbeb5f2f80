"""Downloading a file."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from ent.core.pages import Request, endpoint
from ent.foundation.files.enums import INLINE
from ent.foundation.files.models import File
from ent.foundation.files.permissions import can_read_file
from ent.foundation.files.queries import for_reader


@endpoint("GET")
def download(request: Request, file_id: int) -> HttpResponseBase:
    file = get_object_or_404(File, pk=file_id)
    if not can_read_file(request.viewer, file):
        raise PermissionDenied
    return _as_download(file)


def _as_download(file: File) -> StreamingHttpResponse:
    """The content as it is decrypted, after the transaction; nothing in it can run in our pages' name."""
    response = StreamingHttpResponse(for_reader(file), content_type=file.media_type)
    shown = file.media_type in INLINE
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = content_disposition_header(not shown, file.name) or "attachment"
    # Already compressed for the most part: said to be encoded, it is left alone by GZipMiddleware.
    response["Content-Encoding"] = "identity"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
