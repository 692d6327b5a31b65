"""Ready queries for Datasette, from ``sql/queries``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette_sqlclap.libraries import find_library, list_libraries
from datasette_sqlclap.versions import stores_queries

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True)
class Ready:
    """What a ready query is about.

    Attributes
    ----------
    title, about : str
    parameters : tuple of str
        That a person fills in.
    """

    title: str
    about: str
    parameters: tuple[str, ...] = ()


READY = {
    "similar_sounds": Ready(
        "Sounds like this sample", "The 50 nearest, best first.", ("sample_id",)
    ),
    "label_finds": Ready(
        "What a label finds", "Its 200 best matches; rejected sounds are left out.", ("label",)
    ),
    "uncertain": Ready(
        "Sounds that a label is uncertain of",
        "Of its 300 best matches those without a vote, nearest to the threshold first.",
        ("label",),
    ),
    "near_duplicates": Ready(
        "Sounds that are nearly the same",
        "Of one length and brightness, with a cosine similarity of at least so much (0.98).",
        ("least",),
    ),
    "unlabelled": Ready("Sounds without a tag or anchor", "The first 500, by path."),
}


async def ready_queries(datasette: Datasette, database: str) -> dict[str, Any]:
    """Return a library's canned queries by name, for Datasette 0.65."""
    if await find_library(datasette, database) is None:
        return {}
    return {
        _full_name(name): {"sql": _sql(name), "title": ready.title, "description": ready.about}
        for name, ready in READY.items()
    }


async def store_queries(datasette: Datasette) -> None:
    """Put the libraries' ready queries where Datasette 1.0 keeps its own."""
    if not stores_queries(datasette):
        return
    for database in await list_libraries(datasette):
        for name, ready in READY.items():
            await datasette.add_query(
                database,
                _full_name(name),
                _sql(name),
                title=ready.title,
                description=ready.about,
                parameters=ready.parameters,
                is_trusted=True,  # it is ours: it needs no right to run any SQL
            )


def query_url(datasette: Datasette, database: str, name: str, **parameters: object) -> str:
    """Return the address of a ready query with its answer."""
    address = datasette.urls.query(database, _full_name(name))
    return f"{address}?{urlencode(parameters)}"


def _full_name(name: str) -> str:
    return f"sqlclap_{name}"


def _sql(name: str) -> str:
    from sqlclap.library import statement

    return statement(f"page_ready_{name}")
