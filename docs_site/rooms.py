"""The picture of the rooms: who imports whom, as a Mermaid diagram and as text."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set

from docs_site.places import REPOSITORY

Edges = Mapping[str, Set[str]]
PLACES = {
    "api": "sqlclap/api.py",
    "benchmarks": "benchmarks/__init__.py",
    "datasette_sqlclap": "datasette_plugins/datasette_sqlclap/__init__.py",
    "sqlclap_export": "sqlclap_export/__init__.py",
}
"""Where rooms are that are not `sqlclap/ROOM`."""


def rooms_of(ranks: Mapping[str, int], edges: Edges) -> Edges:
    """Return the edges among rooms alone, without the small modules that all may import.

    Those are the files of rank 0 or 1: errors, array types, progress and the like.
    """
    rooms = {name for name, rank in ranks.items() if rank > 1}
    return {name: edges.get(name, set()) & rooms for name in rooms}


def needed(edges: Edges) -> dict[str, set[str]]:
    """Return the edges that no longer way stands for (the transitive reduction)."""
    return {
        room: {to for to in below if not any(_leads(edges, by, to) for by in below - {to})}
        for room, below in edges.items()
    }


def _leads(edges: Edges, start: str, end: str) -> bool:
    """Whether a way along the edges leads from one room to another."""
    waiting, seen = [start], set()
    while waiting:
        room = waiting.pop()
        if room == end:
            return True
        if room not in seen:
            seen.add(room)
            waiting += edges.get(room, ())
    return False


def diagram(ranks: Mapping[str, int], edges: Edges) -> str:
    """Draw the rooms as a Mermaid flowchart, the faces on top."""
    rooms = needed(rooms_of(ranks, edges))
    above = sorted(rooms, key=lambda room: (-ranks[room], room))
    lines = [f"    {room} --> {to}" for room in above for to in sorted(rooms[room])]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def table(ranks: Mapping[str, int], edges: Edges) -> str:
    """List the rooms from the top, what each is, and which others it imports."""
    rooms = rooms_of(ranks, edges)
    above = sorted(rooms, key=lambda room: (-ranks[room], room))
    lines = ["| rank | room | what it is | imports |", "|---|---|---|---|"]
    for room in above:
        imports = ", ".join(sorted(rooms[room])) or "nothing of these"
        lines.append(f"| {ranks[room]} | `{place_of(room)}` | {_words(room)} | {imports} |")
    return "\n".join(lines)


def place_of(room: str) -> str:
    """Return a room's folder or file in the repository."""
    file = PLACES.get(room, "")
    if not file:
        folder = f"sqlclap/{room}/__init__.py"
        file = folder if (REPOSITORY / folder).is_file() else f"sqlclap/{room}.py"
    return file.removesuffix("__init__.py")


def _words(room: str) -> str:
    """Return the first line of the room's docstring."""
    place = REPOSITORY / place_of(room)
    source = (place / "__init__.py") if place.is_dir() else place
    held = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return held.partition("\n")[0].rstrip(".")
