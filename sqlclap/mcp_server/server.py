"""The server: tools as the protocol has them, with errors that say what to do."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlclap import __version__
from sqlclap.cells import json_text
from sqlclap.errors import NotInstalledError, SqlclapError
from sqlclap.mcp_server.reading import ReadingTools
from sqlclap.mcp_server.writing import WritingTools

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from sqlclap.api import Library

READING = (
    "overview", "search", "similar", "find", "describe_sound", "labels", "label_matches", "sql",
)  # fmt: skip
WRITING = (
    "add_examples", "remove_examples", "vote", "rate", "note", "favourite", "collect", "undo",
    "changes",
)  # fmt: skip
INSTRUCTIONS = (
    "A library of sounds in one SQLite file. Ask `overview` first. Sounds are found by words "
    "(`search`), by a sound (`similar`), by several of both (`find`), and by SQL (`sql`). `narrow` "
    "says among which sounds, and in which order: `overview` lists what it takes. Scores are "
    "cosine similarities: tell people when an answer is doubtful or its matches are weak."
)


def make_server(library: Library, files: bool = False, write: bool = False) -> MCPServer:
    """Make a server for one library.

    Parameters
    ----------
    library : Library
        Open for reading; for writing with `write`.
    files : bool
        Whether sound files of this machine may be named beside the library's own.
    write : bool
        Whether there are the tools that write.

    Raises
    ------
    NotInstalledError
        The extra is missing.
    """
    try:
        from mcp_types import ToolAnnotations

        from sqlclap.mcp_server.checking import CheckedServer
    except ImportError as error:
        raise NotInstalledError(
            f"a server for assistants needs the package mcp: pip install 'sqlclap[mcp]' ({error})"
        ) from error

    server = CheckedServer(
        "sqlclap", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    lock = threading.Lock()
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for name in READING:
        tool = _told(getattr(ReadingTools(library, files), name), lock)
        about = inspect.getdoc(tool)
        server.add_tool(tool, description=about, annotations=reads, structured_output=False)
    for name in WRITING if write else ():
        writes = ToolAnnotations(read_only_hint=name == "changes", destructive_hint=False)
        tool = _told(getattr(WritingTools(library), name), lock)
        about = inspect.getdoc(tool)
        server.add_tool(tool, description=about, annotations=writes, structured_output=False)
    return server


def _told(tool: Callable[..., Any], lock: threading.Lock) -> Callable[..., Any]:
    """Wrap a tool: it answers one question at a time, and passes on the text of our errors."""
    from mcp.server.mcpserver.exceptions import ToolError

    @functools.wraps(tool)
    def run(*arguments: Any, **named: Any) -> Any:
        try:
            with lock:
                return json_text(tool(*arguments, **named))
        except SqlclapError as error:
            raise ToolError(str(error)) from error

    return run
