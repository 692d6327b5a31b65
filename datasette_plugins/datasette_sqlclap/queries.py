"""Ready queries for Datasette, from ``sql/queries``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.libraries import find_shelf

if TYPE_CHECKING:
    from datasette.app import Datasette

_TITLES = {
    "similar_sounds": "Sounds like this sample",
    "label_finds": "What a label finds",
    "near_duplicates": "Pairs that sound alike",
    "unlabelled": "Sounds without a tag or anchor",
}


async def ready_queries(datasette: Datasette, database: str) -> dict[str, Any]:
    """Return a library's canned queries by name."""
    from sqlclap.library import statement

    if await find_shelf(datasette, database) is None:
        return {}
    return {
        f"sqlclap_{name}": {"sql": statement(f"page_ready_{name}"), "title": title}
        for name, title in _TITLES.items()
    }
