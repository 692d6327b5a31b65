"""The protocol's server; errors about wrong arguments are in sqlclap's words."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import Tool
from pydantic import ValidationError


class CheckedServer(MCPServer):
    """A server that refuses arguments that a tool doesn't have.

    The protocol's own leaves them out without a word, so that a misspelt `limit` would be an
    answer of another length than was asked for.
    """

    async def list_tools(self) -> list[Tool]:
        """List the tools, their schemas closed."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema = {**tool.input_schema, "additionalProperties": False}
        return tools

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        """Call a tool.

        Raises
        ------
        ToolError
            There is no such tool, an argument is unknown, missing or of a wrong type, or the tool
            says so.
        """
        tools = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        if name not in tools:
            raise ToolError(f"there is no tool {name!r}; there are {', '.join(tools)}")
        takes = ", ".join(tools[name]) or "none"
        for given in arguments:
            if given not in tools[name]:
                raise ToolError(f"{name} has no argument {given!r}; it takes {takes}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(f"{name}: {_wrong(error.__cause__)}") from error
            raise


def _wrong(error: ValidationError) -> str:
    """Say what is wrong with each argument, without addresses of pydantic's pages."""
    told = []
    for one in error.errors(include_url=False, include_context=False):
        argument = ".".join(str(step) for step in one["loc"])
        missing = one["type"] == "missing"
        told.append(f"it needs {argument!r}" if missing else f"{argument}: {one['msg']}")
    return "; ".join(told)
