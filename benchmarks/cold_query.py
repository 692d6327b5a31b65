"""A process that has just started asks its first question: `python -m benchmarks.cold_query`."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

IMPORTED = (
    "apsw",
    "numpy",
    "sqlclap.index.reader",
    "sqlclap.search.query",
    "sqlclap.sqlfunctions.adapters",
    "sqlite_vec",
)
QUERY = "SELECT clap_neighbors(clap_vector(1), 10)"


def main(path: str) -> dict[str, float]:
    """Import, open, ask once; return how long that took, and what memory it has then."""
    began = time.perf_counter()
    for name in IMPORTED:
        importlib.import_module(name)
    from benchmarks.timing import own_memory_mb, peak_memory_mb
    from sqlclap.db.library_file import LibraryFile
    from sqlclap.index.hnsw import library_version
    from sqlclap.sqlfunctions.adapters import register_functions

    library_version()
    imported = time.perf_counter()
    with LibraryFile(Path(path), "read") as file:
        register_functions(file.connection)
        file.connection.execute(QUERY).fetchall()
    return {
        "import_ms": 1000 * (imported - began),
        "first_query_ms": 1000 * (time.perf_counter() - imported),
        "resident_mb": peak_memory_mb(),
        "own_mb": own_memory_mb(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
