"""A map made by hand: principal components of the vectors, and clusters by folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import sqlclap
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import own_vectors

LAYOUT = """
INSERT INTO layouts (layout_id, model_id, params, seed, quality, seconds, is_current)
VALUES (1, 1, '{"neighbors": 15, "min_dist": 0.1, "sample": null}', 0, '{}', 0, 1)
"""
CLUSTERING = """
INSERT INTO clusterings (clustering_id, model_id, method, params, seed, seconds, is_current)
VALUES (1, 1, 'folders', '{"neighbors": 15}', 0, 0, 1)
"""
POINT = "INSERT INTO layout_umap (layout_id, sample_id, x, y) VALUES (1, ?, ?, ?)"
MEMBER = "INSERT INTO clusters (clustering_id, sample_id, cluster, probability) VALUES (1, ?, ?, 1)"
NAME = "INSERT INTO cluster_names (clustering_id, cluster, name, level) VALUES (1, ?, ?, 0)"


def draw_map(path: Path) -> None:
    """Give a library a map: where its sounds lie, and clusters."""
    with sqlclap.open(path) as library:
        blocks = list(own_vectors(library.connection, default_model(library.connection)))
        ids = np.concatenate([block.sample_ids for block in blocks]).tolist()
        vectors = np.concatenate([block.vectors for block in blocks])
        centred = vectors - vectors.mean(axis=0)
        places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
        with write_transaction(library.connection) as connection:
            connection.execute(LAYOUT)
            rows = [(one, *place) for one, place in zip(ids, places.tolist(), strict=True)]
            connection.executemany(POINT, rows)
    cluster_by_folder(path)


def cluster_by_folder(path: Path) -> None:
    """Make each folder a cluster of its name."""
    with sqlclap.open(path) as library, write_transaction(library.connection) as connection:
        connection.execute(CLUSTERING)
        rows = connection.execute("SELECT sample_id, path FROM samples").fetchall()
        folders = {one: Path(str(path)).parent.as_posix() for one, path in rows}
        names = sorted(set(folders.values()))
        members = [(one, names.index(folder)) for one, folder in folders.items()]
        connection.executemany(MEMBER, members)
        connection.executemany(NAME, list(enumerate(names)))
