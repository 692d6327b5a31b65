"""Building an index: anew, or from the one in force and what changed since."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from sqlclap.ann.catch_up import caught_up
from sqlclap.ann.generation import Content, Origin, Site, building_site, publish
from sqlclap.ann.graph import new_graph
from sqlclap.ann.meta import IndexMeta, IndexState, last_generation, read_state
from sqlclap.ann.recall import QUERIES, Probes, new_probes
from sqlclap.ann.rows import empty_rows, make_rows
from sqlclap.errors import IndexFileError
from sqlclap.library import statement
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.vectors import OwnVectors, count_own, own_vectors, unit_rows, vectors_of

if TYPE_CHECKING:
    from sqlclap.library import Database


Way = Literal["auto", "rebuild"]


def build_index(
    site: Site, way: Way = "auto", listener: ProgressListener | None = None
) -> IndexMeta:
    """Bring a model's index up to date and put it in force.

    Parameters
    ----------
    site : Site
    way : {"auto", "rebuild"}
        "auto" adds to the index in force where that is whole and not too worn; "rebuild" never
        looks at it.
    listener : ProgressListener, optional

    Raises
    ------
    IndexBusyError
        Another program is building.
    IndexWriteError
        It can't be written; the index in force stays in force.
    """
    began = time.monotonic()
    listener = listener or NullProgress()
    with building_site(site):
        state = _state(site)
        content = None if way == "rebuild" else caught_up(site, state, listener)
        origin = Origin("caught up" if content else "built", began)
        if content is None:
            content = _built(site, listener)
        generation = last_generation(site.connection, site.model.model_id) + 1
        return publish(site, content, generation, origin)


def _state(site: Site) -> IndexState | None:
    """Return the index in force; None where there is none, or none that can be trusted."""
    try:
        return read_state(site.connection, site.model.model_id)
    except IndexFileError:
        return None


def _built(site: Site, listener: ProgressListener) -> Content:
    """Build from the stored vectors alone.

    The number of the last change is read first and no transaction is held: what changes meanwhile
    counts as newer than the index, whether it got in or not.
    """
    import numpy as np

    seq = last_change(site.connection)
    listener.started("index", count_own(site.connection, site.model))
    graph, probes = new_graph(site.model.dim, site.params), _probes(site)
    pages: list[OwnVectors] = []
    for page in own_vectors(site.connection, site.model):
        vectors = unit_rows(page.vectors)
        graph.add(vectors)
        probes = probes.seen(page.embedding_ids, vectors)
        pages.append(replace(page, vectors=vectors[:0]))
        listener.advanced(len(vectors))
    if not pages:
        return Content(graph, empty_rows(), probes, seq)
    embedding_ids = np.concatenate([page.embedding_ids for page in pages])
    sample_ids = np.concatenate([page.sample_ids for page in pages])
    order = graph.gather()
    return Content(graph, make_rows(embedding_ids[order], sample_ids[order]), probes, seq)


def last_change(connection: Database) -> int:
    """Return the number of the last change to any embedding."""
    return int(connection.execute(statement("index_last_change")).get)


def _probes(site: Site) -> Probes:
    """Choose stored vectors, spread at random over the ids (always the same ones), as queries."""
    import numpy as np

    database: Database = site.connection
    model = (site.model.model_id,)
    span = database.execute(statement("own_ids_span"), model).fetchall()
    chosen: set[int] = set()
    for low, high in span:
        for start in np.random.default_rng(0).integers(low, high + 1, QUERIES).tolist():
            row = database.execute(statement("own_id_from"), (*model, start)).fetchall()
            chosen.update(embedding_id for (embedding_id,) in row)
    ids, vectors = vectors_of(site.connection, site.model, list(chosen))
    return new_probes(ids, unit_rows(vectors))
