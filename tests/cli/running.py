"""Running commands as a user does, without a new process for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sqlclap.cli import main


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    """Run a command; unexpected errors are raised."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def succeed(*arguments: str | Path, stdin: bytes | None = None) -> str:
    """Run a command that must succeed and return what it prints."""
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows_of(*arguments: str | Path, stdin: bytes | None = None) -> Any:
    """Run a command with ``--json`` and return what it prints."""
    return json.loads(succeed(*arguments, "--json", stdin=stdin))


def error_of(result: Result) -> str:
    """Return the error that a command ended with, its last line: for people, or as JSON."""
    *_, line = result.stderr.splitlines()
    if line.startswith("{"):
        return str(json.loads(line)["error"])
    assert line.startswith("Error: "), result.stderr
    return line.removeprefix("Error: ")


def fail(*arguments: object, stdin: bytes | None = None) -> str:
    """Run a command that must fail in the one way commands do; return the line."""
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    return f"Error: {error_of(result)}"
