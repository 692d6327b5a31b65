"""In Datasette's own tables: a play button, links, and ready queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from datasette_sqlclap.libraries import find_shelf
from datasette_sqlclap.pages import page_url

if TYPE_CHECKING:
    from datasette.app import Datasette

_BUTTON = Markup(
    '<a href="{table}">{sample}</a> <button type="button" class="sqlclap-play" data-src="{audio}" '
    'aria-label="Play sample {sample}">&#9654;</button> '
    '<a class="sqlclap-map" href="{map}" title="On the map">map</a>'
)


async def play_cell(
    datasette: Datasette, database: str | None, table: str | None, value: Any
) -> Markup | None:
    """Return what stands in a ``sample_id`` cell of a library: the id, a button, a link."""
    if database is None or isinstance(value, bool) or not isinstance(value, int):
        return None
    if await find_shelf(datasette, database) is None:
        return None
    return _BUTTON.format(
        table=datasette.urls.row(database, "samples", str(value)),
        sample=value,
        audio=page_url(datasette, database, f"sample/{value}/audio"),
        map=f"{page_url(datasette, database, 'map')}#sample={value}",
    )


async def library_links(datasette: Datasette, database: str) -> list[dict[str, str]]:
    """Return links to a library's pages, for Datasette's menus."""
    if await find_shelf(datasette, database) is None:
        return []
    return [
        {"href": page_url(datasette, database, "map"), "label": "Map of sounds"},
        {"href": page_url(datasette, database, "labels"), "label": "Labels"},
    ]


async def database_note(datasette: Datasette, database: str) -> Markup:
    """Return a line of plain links for a library's database page."""
    links = await library_links(datasette, database)
    shown = Markup(" · ").join(Markup('<a href="{href}">{label}</a>').format(**one) for one in links)
    return Markup("<p>{}</p>").format(shown) if links else Markup("")
