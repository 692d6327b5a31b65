"""The page on architecture names what there is: functions, classes, files and arrows."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from docs_site.rooms import diagram, needed, place_of, rooms_of
from tests.docs.console import REPOSITORY
from tests.test_architecture import RANKS, edges_between_packages

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
SPANS = re.findall(r"`([^`\n]+)`", PAGE)
# What follows also names tables' columns, in the same way.
OWN_SPANS = re.findall(r"`([^`\n]+)`", PAGE.partition("## What a change touches")[0])
NAMES = sorted(
    {
        span
        for span in OWN_SPANS
        if re.fullmatch(r"\w+(\.\w+)+", span) and span.split(".")[0] in RANKS
    }
)
FILES = sorted({span for span in SPANS if re.fullmatch(r"[\w.]+(/[\w.]+)*/(\w+\.\w+)?", span)})
ARROW = re.compile(r"^    (\w+) --> (\w+)$", re.MULTILINE)


def resolve(dotted: str) -> Any:
    """Import the longest part that is a module, and look the rest up in it."""
    parts = dotted.split(".")
    first = [] if parts[0] in {"datasette_sqlclap", "sqlclap_export"} else ["sqlclap"]
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join([*first, *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_is_there(name: str) -> None:
    assert resolve(name) is not None


def test_the_page_names_the_way_and_its_files() -> None:
    assert {"ingest.pipeline.ingest", "search.query.search_words", "db.database.Database"} < {
        *NAMES
    }
    assert "tests/support/crash_trials.py" in FILES


@pytest.mark.parametrize("file", FILES)
def test_files_and_folders_are_there(file: str) -> None:
    generated = {"sqlclap/cli/NAME.py", "sql/migrations/NNNN_name.sql", "sql/queries/ROOM/name.sql"}
    folders = ("", "sqlclap", "datasette_plugins", "sql/queries")
    inside = [REPOSITORY / folder for folder in folders]
    assert file in generated or any((folder / file).exists() for folder in inside)


def test_the_picture_leads_wherever_an_import_does_and_nowhere_else() -> None:
    rooms = rooms_of(RANKS, edges_between_packages())
    drawn: dict[str, set[str]] = {room: set() for room in rooms}
    for room, below in ARROW.findall(PAGE):
        drawn[room].add(below)
        assert below in rooms[room]
    for room, imported in rooms.items():
        assert imported <= below_in(drawn, room)


def below_in(edges: dict[str, set[str]], room: str) -> set[str]:
    """Return all rooms that arrows lead to."""
    return edges[room].union(*(below_in(edges, below) for below in edges[room]))


def test_longer_ways_stand_for_direct_arrows() -> None:
    edges = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert needed(edges) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert ARROW.findall(diagram({"a": 4, "b": 3, "c": 2, "d": 0}, edges | {"c": {"d"}})) == [
        ("a", "b"),
        ("b", "c"),
    ]


def test_every_room_is_a_place() -> None:
    for room in rooms_of(RANKS, {}):
        assert (REPOSITORY / place_of(room)).exists()
