"""What Datasette's own pages show of a library: links to its map, and its samples as a table.

Datasette 1.0 has hooks for what stands on top of a page; on 0.65 the template
``_description_source_license.html`` of this plugin, which all those pages include, puts it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from markupsafe import Markup

from datasette_sqlclap.datasette_versions import Actor, has_top_hooks, may_view
from datasette_sqlclap.libraries import find_library, find_served, is_library, list_served
from datasette_sqlclap.pages import page_url

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import Request

    from sqlclap.descriptor_columns import DescriptorColumn
    from sqlclap.session import Session

PAGES = {"map": "Map of sounds", "labels": "Labels", "activity": "Activity"}
SAMPLES, WORDS = "samples", "sound_words"
FOREMOST = ("sample_id", "path")
NEXT = ("format", "sample_rate", "channels", "status")
"""Before and behind what is measured; all others follow, with what serves sqlclap alone last."""


async def library_links(datasette: Datasette, actor: Actor, database: str) -> list[dict[str, str]]:
    """Return links to a library's pages; none for who may not see them."""
    served = await find_served(datasette, database)
    if served is None:
        return []
    if not await may_view(datasette, actor, database):
        return []
    return [
        {"href": page_url(datasette, database, page), "label": label}
        for page, label in PAGES.items()
    ]


async def map_links(datasette: Datasette, actor: Actor) -> list[dict[str, str]]:
    """Return a link to the map of each library that an actor may see."""
    found = [
        (name, links[0]["href"])
        for name in await list_served(datasette)
        if (links := await library_links(datasette, actor, name))
    ]
    alone = len(found) == 1
    return [
        {"href": href, "label": PAGES["map"] if alone else f"{PAGES['map']}: {name}"}
        for name, href in found
    ]


def shown_links(links: Iterable[Mapping[str, str]]) -> Markup:
    """Return a line of links; nothing where there are none."""
    shown = Markup(" · ").join(
        Markup('<a href="{href}">{label}</a>').format(**one) for one in links
    )
    return Markup('<p class="sqlclap-pages">{}</p>').format(shown) if shown else Markup("")


async def page_variables(
    datasette: Datasette, request: Request | None, where: tuple[str | None, str | None, str | None]
) -> dict[str, Any]:
    """Return what the plugin's templates of Datasette's own pages need.

    Parameters
    ----------
    datasette : Datasette
    request : Request or None
    where : tuple of (str or None)
        Datasette's name of the view, the database and the table.
    """
    view, database, table = where
    if request is None or view not in ("index", "database", "table", "row"):
        return {}
    told: dict[str, Any] = {}
    if not has_top_hooks(datasette):
        links = (
            await library_links(datasette, request.actor, database)
            if database
            else await map_links(datasette, request.actor)
        )
        told["sqlclap_pages"] = shown_links(links)
    library = await find_library(datasette, database) if database and table == SAMPLES else None
    if library is not None:
        measured = await library.read(_measured)
        told["sqlclap_arranged"] = lambda columns, rows: arranged(columns, rows, measured)
    return told


_SEARCHED: WeakSet[Database] = WeakSet()


def make_searchable(database: Database) -> None:
    """Let Datasette search a library's samples by the words of names and metadata; idempotent.

    It finds full text by how its table was written; ours has other quotes. Rows of both have the
    same numbers.
    """
    if database in _SEARCHED:
        return
    _SEARCHED.add(database)
    found_by_datasette = database.fts_table

    async def fts_table(table: str) -> str | None:
        found = await found_by_datasette(table)
        if found or table != SAMPLES or not await is_library(database):
            return found
        return WORDS if await database.table_exists(WORDS) else None

    setattr(database, "fts_table", fts_table)  # noqa: B010 a method is replaced on purpose


def _measured(session: Session) -> tuple[DescriptorColumn, ...]:
    from sqlclap.db.measured_columns import stored_columns

    return stored_columns(session.database)


def arranged(
    columns: Sequence[dict[str, Any]],
    rows: Iterable[Iterable[dict[str, Any]]],
    measured: Sequence[DescriptorColumn],
) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Return Datasette's columns and rows of samples with what is measured first.

    Each measured column says what it means, and its numbers are as short as people need them; the
    whole number is a cell's title. Datasette's JSON and CSV are not concerned.
    """
    known = {one.name: one for one in measured}
    order = {name: place for place, name in enumerate((*FOREMOST, *known, *NEXT))}

    def place_of(name: str) -> int:
        return order.get(name, len(order))

    heads = [_told(column, known.get(column["name"])) for column in columns]
    cells = [[_short(cell, known.get(cell["column"])) for cell in row] for row in rows]
    return (
        sorted(heads, key=lambda column: place_of(column["name"])),
        [sorted(row, key=lambda cell: place_of(cell["column"])) for row in cells],
    )


def _told(column: dict[str, Any], measured: DescriptorColumn | None) -> dict[str, Any]:
    if measured is None or column.get("description"):
        return column
    unit = f" ({measured.unit})" if measured.unit else ""
    return column | {"description": f"{measured.label}{unit}. {measured.about}"}


def _short(cell: dict[str, Any], measured: DescriptorColumn | None) -> dict[str, Any]:
    raw = cell.get("raw")
    if measured is None or not isinstance(raw, float):
        return cell
    short = f"{raw:.{measured.decimals}f}"
    return cell | {"value": Markup('<span title="{}">{}</span>').format(raw, short)}
