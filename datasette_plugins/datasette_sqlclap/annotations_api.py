"""Annotations as a download, in the formats of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from datasette_sqlclap.field_values import flag_argument
from datasette_sqlclap.requests import LARGEST_ID, LibraryRequest, asks, reads, whole_number
from datasette_sqlclap.responses import file_headers
from datasette_sqlclap.sets.rooms import rooms_of

if TYPE_CHECKING:
    from sqlclap.session import Session


@reads
@asks("format", "label", "from", "all_verdicts", "sample")
async def download(library_request: LibraryRequest) -> Response:
    """Answer ``?format=&label=&from=&all_verdicts=&sample=`` with a file of annotations.

    Recordings are named below their sources' folders: where files lie is told to nobody.
    """
    from sqlclap.exchange.formats import find_format
    from sqlclap.exchange.library_annotations import ExportRequest

    chosen = find_format(library_request.argument("format", "csv"))
    label, sample = library_request.argument("label"), library_request.argument("sample")
    given: dict[str, Any] = {"kind": library_request.argument("from", "votes"), "absolute": False}
    given |= {"labels": [label]} if label else {}
    if sample:
        given["recording"] = str(whole_number(sample, "sample", 1, LARGEST_ID))
    request = ExportRequest(all_verdicts=flag_argument(library_request, "all_verdicts"), **given)

    def work(session: Session) -> str:
        return rooms_of(session).annotations().text(chosen.name, request)

    text = await library_request.library.read(work)
    sent = file_headers(f"annotations{chosen.suffix}")
    return Response(text, 200, sent, f"{chosen.mime}; charset=utf-8")
