"""The table of an assistant's tools, as `docs/assistants.md` has it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlclap.mcp_server.reading import ReadingTools
from sqlclap.mcp_server.server import READING, WRITING
from sqlclap.mcp_server.writing import WritingTools


def table() -> str:
    """Return the tools with the first sentences of what they do, in Markdown."""
    return "\n".join(["| tool | does |", "|---|---|", *_rows()])


def _rows() -> Iterator[str]:
    for kind, names in ((ReadingTools, READING), (WritingTools, WRITING)):
        for name in names:
            about = str(getattr(kind, name).__doc__).partition("\n")[0]
            where = "" if kind is ReadingTools else " (`--write`)"
            yield f"| `{name}`{where} | {about} |"
