"""The API of clusters: their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette_sqlclap.requests import LibraryRequest, keys, text_of, whole_number, writes
from datasette_sqlclap.responses import json_answer
from datasette_sqlclap.sets.rooms import rooms_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject

LARGEST_CLUSTER = 2**31 - 1


@writes
@keys("cluster", "name")
async def rename(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Give ``cluster`` the name ``name``; it is kept as long as the cluster persists."""
    cluster = whole_number(body.get("cluster"), "cluster", 0, LARGEST_CLUSTER)
    name = text_of(body, "name")
    await library_request.library.write(
        lambda session: rooms_of(session).rename_cluster(cluster, name)
    )
    return json_answer({"ok": True})
