"""Commands that messages suggest can be copied into a shell: what they name is quoted there."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sqlclap"
SUGGESTED = re.compile(r"`sqlclap [^`]*`")
PLACES = re.compile(
    r"\{(library|file|folder|path|root|old|new|name|table|[\w.]*\.(filename|path|folder|table))"
    r"(\[0\])?\}"
)


def test_every_path_in_a_suggested_command_is_typed() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}: {command}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for command in SUGGESTED.findall(file.read_text(encoding="utf-8"))
        if PLACES.search(command)
    ]
    assert found == []
