"""Joins two shards of a set: the sounds of one move into the other's library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.measured_columns import sample_columns
from sqlclap.db.statements import columns_statement, statement, write_transaction
from sqlclap.db.stored_models import default_model, find_model
from sqlclap.errors import SetError
from sqlclap.shards.changing import (
    NewShard,
    copy_library,
    entry_of,
    free_name,
    numbers_given,
    replace_shards,
)
from sqlclap.shards.ids import TakenIds
from sqlclap.shards.kept_tables import OF_SOUNDS
from sqlclap.shards.set_file import SetFile, ShardEntry
from sqlclap.shards.slots import joined_ranges
from sqlclap.shards.splitting import inherited

if TYPE_CHECKING:
    import apsw

    from sqlclap.progress import ProgressListener


def merge_shards(
    path: Path, first: int, second: int, listener: ProgressListener | None = None
) -> SetFile:
    """Join a second shard of a set to a first, which keeps its number; the second's is not reused.

    Parameters
    ----------
    path : Path
        The set's file.
    first, second : int
    listener : ProgressListener, optional

    Raises
    ------
    SetError
        There are no two such shards, the second's library keeps labels, collections, deployments or
        attached tables of its own, or the set is being worked on.
    LibraryError
        A library can't be read, or the joined one can't be written; the set is as it was.
    """
    if first == second:
        raise SetError(f"expected two shards to join, got {first} twice")

    def choose(content: SetFile) -> tuple[Sequence[ShardEntry], Sequence[NewShard]]:
        old, other = entry_of(content, first), entry_of(content, second)
        libraries = (path.parent / old.path, path.parent / other.path)
        before, coming = (numbers_given(one) for one in libraries)
        moved = (
            TakenIds(one.first + before, one.last + before, one.shard, one.first_there)
            for one in inherited(other, coming)
        )
        entry = replace(
            old,
            path=free_name(path, content, first),
            slots=joined_ranges([*old.slots, *other.slots]),
            taken=(*old.taken, *moved),
        )

        def build(target: Path) -> None:
            copy_library(libraries[0], target)
            _join(target, libraries[1], before + coming)

        return [old, other], [NewShard(entry, build)]

    return replace_shards(path, choose, listener)


def _join(target: Path, other: Path, highest: int) -> None:
    """Take the sounds of another library into a copy of one."""
    with LibraryFile(target, "write") as opened:
        connection = opened.connection
        connection.execute("ATTACH ? AS other", (f"file:{quote(str(other))}?mode=ro",))
        _refuse_own(connection, other)
        with write_transaction(connection):
            _copy_rows(connection)
            connection.execute(statement("shards/raise_numbers"), (highest,))
            connection.execute(statement("shards/forget_index"))
            # What has come is none that an ingest has just taken in.
            connection.execute("UPDATE set_membership SET renames_sought = NULL")
        connection.execute("DETACH other")


def _refuse_own(connection: apsw.Connection, other: Path) -> None:
    rows = connection.execute(statement("shards/join_kept")).fetchall()
    own = [f"{count:,} {kind}" for kind, count in rows if count]
    if own:
        raise SetError(
            f"{other} keeps {', '.join(own)} of its own, which a joined library can't take over: "
            "export them first, and remove them there"
        )


def _copy_rows(connection: apsw.Connection) -> None:
    model = default_model(connection)
    query = "SELECT model_id FROM other.models WHERE model_version = ?"
    (other_id,) = connection.execute(query, (model.model_version,)).fetchone() or (None,)
    if other_id is None or find_model(connection, model.model_version) is None:
        raise SetError(f"the other shard has no vectors of {model.name} ({model.model_version})")
    (highest,) = connection.execute(statement("shards/highest_numbers")).fetchall()
    samples, embeddings = highest
    models = {"model_id": model.model_id, "other_id": int(other_id)}
    connection.execute(statement("shards/join_sources"))
    listed = connection.execute("SELECT name FROM pragma_table_info('samples', 'other')")
    there = {str(name) for (name,) in listed}
    columns = tuple(
        one
        for one in sample_columns(connection)
        if one in there - {"sample_id", "source_id", "measurement_id"}
    )
    connection.execute(columns_statement("shards/join_samples", columns), (samples,))
    connection.execute(statement("shards/join_embeddings", **models), (samples, embeddings))
    connection.execute(statement("shards/join_vectors", **models), (embeddings,))
    for part in ("shards/join_map", "shards/join_clusters"):
        connection.execute(statement(part, **models), (samples, embeddings))
    connection.execute(statement("shards/join_runs"))
    connection.execute(statement("shards/join_tags"), (samples,))
    connection.execute(statement("shards/join_failures"))
    _copy_kept(connection, samples)


def _copy_kept(connection: apsw.Connection, samples: apsw.SQLiteValue) -> None:
    """Copy what is kept beside the sounds, whose numbers are `samples` higher by now."""
    connection.execute(statement("shards/join_deployments"))
    connection.execute(statement("shards/join_query_places"), (samples,))
    connection.execute(statement("shards/join_queries"), (samples,))
    connection.execute(statement("shards/join_queries_against"))
    for table, names in OF_SOUNDS.items():
        text = statement("shards/join_rows").replace("{table}", table)
        connection.execute(text.replace("{columns}", ", ".join(names)), (samples,))
