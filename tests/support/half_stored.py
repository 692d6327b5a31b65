"""What a library of sounds of one window and of three must not hold, whatever ended its ingest."""

from __future__ import annotations

from collections.abc import Iterator

import sqlclap

_HALF_STORED = {
    "a sound without its vector": """
        SELECT path FROM samples WHERE status = 'ok' AND sample_id NOT IN
            (SELECT sample_id FROM embeddings WHERE window_index IS NULL)""",
    "a vector that is nobody's": """
        SELECT embedding_id FROM vec_1 WHERE embedding_id NOT IN
            (SELECT embedding_id FROM embeddings)""",
    "an embedding without vector": """
        SELECT embedding_id FROM embeddings WHERE embedding_id NOT IN
            (SELECT embedding_id FROM vec_1)""",
    "a change that was not noted": """
        SELECT embedding_id FROM embeddings WHERE embedding_id NOT IN
            (SELECT embedding_id FROM embedding_changes WHERE op = 'add')""",
    "a sound with half its windows": """
        SELECT sample_id FROM embeddings GROUP BY sample_id HAVING count(*) NOT IN (1, 4)""",
}


def half_stored(library: sqlclap.Library) -> Iterator[str]:
    """Name what was not stored whole, and its rows."""
    for what, query in _HALF_STORED.items():
        if found := library.connection.execute(query).fetchall():
            yield f"{what}: {found}"
