"""Gives a set's vectors out: those of all its shards in turn, with the set's ids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.errors import NoVectorsError, SetError, UnknownFolderError
from sqlclap.own_vectors.giving import Given, Lot, given_by
from sqlclap.shards.filters import in_shards
from sqlclap.shards.ids import told_ids
from sqlclap.shards.lacking_tags import shards_lacking_tags
from sqlclap.shards.set_file import read_set
from sqlclap.shards.shard import shards_of
from sqlclap.shards.where_ids import register_set_ids

if TYPE_CHECKING:
    from sqlclap.search.request import Filter
    from sqlclap.shards.opened import ShardSet
    from sqlclap.shards.shard import Shard


@contextmanager
def given_by_set(opened: ShardSet, only: Filter) -> Iterator[Given]:
    """Yield a set's vectors; all shards are open, each within one transaction.

    Raises
    ------
    LibraryError, SetError
        A shard can't be read, lies at a node or lacks tags of the filter's label, or the set was
        split or joined meanwhile.
    QueryError
        The filter can't be used, for sets.
    NoVectorsError
        No shard holds any.
    """
    label, only = only.label, in_shards(opened.session, only)
    with ExitStack() as transactions:
        file = read_set(opened.path)
        parts: list[tuple[Shard, Given]] = []
        without: list[NoVectorsError | UnknownFolderError] = []
        for shard in shards_of(file, opened.path.parent):
            library = transactions.enter_context(shard.open("read", opened.options.model))
            register_set_ids(library.connection, shard.entry.ids)
            try:
                given = transactions.enter_context(given_by(library.session, only))
            except (NoVectorsError, UnknownFolderError) as error:
                without.append(error)
            else:
                _check_model(opened, given, file.model_version)
                parts.append((shard, given))
        if read_set(opened.path).generation != file.generation:
            raise SetError(f"{opened.path} was changed while it was opened: try again")
        if lacking := shards_lacking_tags(opened.session, [label]):
            raise SetError("; ".join(map(str, lacking)))
        if not parts:
            raise _of_all(without)
        count = sum(given.count for _, given in parts)
        yield Given(parts[0][1].model, count, _lots(parts))


def _check_model(opened: ShardSet, given: Given, version: str) -> None:
    """Refuse a model that was asked for and is not the set's."""
    if version not in given.model.versions:
        raise SetError(
            f"{opened.path} is of version {version}, not {given.model.model_version} of "
            f"{given.model.name}: a set gives vectors of its own model"
        )


def _of_all(without: list[NoVectorsError | UnknownFolderError]) -> Exception:
    """Return why no shard gives any: a folder that none has, before shards that are empty."""
    unknown = [one for one in without if isinstance(one, UnknownFolderError)]
    return (unknown or without)[0]


def _lots(parts: list[tuple[Shard, Given]]) -> Iterator[Lot]:
    for shard, given in parts:
        for lot in given.lots:
            own = np.array(lot.columns["sample_id"], dtype=np.int64)
            told = told_ids(shard.entry.ids, own).tolist()
            yield Lot({**lot.columns, "sample_id": told}, lot.vectors)
