"""Where players find sounds: paths for the local user, addresses for others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from datasette_sqlclap.auth import sees_paths
from datasette_sqlclap.pages import page_url
from datasette_sqlclap.sound_files import lies_afar

if TYPE_CHECKING:
    from datasette_sqlclap.requests import LibraryRequest
    from sqlclap.db.samples import Sample


async def places_of(library_request: LibraryRequest, samples: Iterable[Sample]) -> dict[int, str]:
    """Return by sample id where a player finds a sound: its path, or where it is served.

    What lies at a node of a set has no path here.
    """
    request, name = library_request.request, library_request.library.database.name
    datasette = library_request.datasette
    local = await sees_paths(datasette, request, name)
    root = datasette.absolute_url(request, page_url(datasette, name, "sample"))
    return {
        sample.sample_id: (
            str(sample.file.absolute())
            if local and not lies_afar(sample)
            else f"{root}/{sample.sample_id}/audio"
        )
        for sample in samples
    }
