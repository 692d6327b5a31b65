"""Opens attached databases beside their library, so that their tables can be joined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlclap.attach.attachment import list_attachments

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

_TAKEN = ("main", "temp")


def attach_databases(connection: apsw.Connection) -> dict[str, Path]:
    """Open the databases of attached tables for reading, and return them by their schemas' names.

    A table is known by its own name, and, where the library has one of that name, by the schema's,
    which is the file's: ``clips.labels``. Databases that aren't there are left out.
    """
    import apsw

    names: dict[str, Path] = {}
    for one in list_attachments(connection):
        file = one.table.database
        if file in names.values() or not file.is_file():
            continue
        name = _schema_name(file.stem, names)
        uri = f"file:{quote(str(file))}?mode=ro"
        try:
            connection.execute(f'ATTACH ? AS "{name}"', (uri,))
        except apsw.Error:  # its own commands tell why
            continue
        names[name] = file
    return names


def _schema_name(stem: str, taken: dict[str, Path]) -> str:
    plain = re.sub(r"\W+", "_", stem, flags=re.ASCII).strip("_") or "attached"
    name, number = plain, 1
    while name.lower() in (*_TAKEN, *map(str.lower, taken)):
        number += 1
        name = f"{plain}_{number}"
    return name
