"""A map made by hand: principal components of the vectors, and clusters by folder."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

import sqlclap
from sqlclap.vectors import default_model, own_vectors

SCHEMA = """
CREATE TABLE IF NOT EXISTS layouts (layout_id INTEGER PRIMARY KEY, model_id, params, seed,
  trustworthiness, created_at, is_current);
CREATE TABLE IF NOT EXISTS layout_umap (layout_id, sample_id, x REAL, y REAL, placed,
  PRIMARY KEY (layout_id, sample_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clusterings (clustering_id INTEGER PRIMARY KEY, model_id);
CREATE TABLE IF NOT EXISTS clusters (clustering_id, sample_id, cluster, probability,
  PRIMARY KEY (clustering_id, sample_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cluster_names (clustering_id, cluster, name, score);
"""


def draw_map(path: Path) -> None:
    """Give a library a map, written as the map's own tables will be."""
    with sqlclap.open(path) as library:
        blocks = list(own_vectors(library.connection, default_model(library.connection)))
        ids = np.concatenate([block.sample_ids for block in blocks]).tolist()
        vectors = np.concatenate([block.vectors for block in blocks])
        paths = dict(library.connection.execute("SELECT sample_id, path FROM samples"))
    centred = vectors - vectors.mean(axis=0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    folders = [Path(paths[one]).parent.as_posix() for one in ids]
    names = sorted(set(folders))
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO layouts VALUES (1, 1, '{}', 0, 0.9, '', 1)")
        connection.execute("INSERT INTO clusterings VALUES (1, 1)")
        for one, place, folder in zip(ids, places.tolist(), folders, strict=True):
            connection.execute("INSERT INTO layout_umap VALUES (1, ?, ?, ?, 0)", (one, *place))
            row = (one, names.index(folder))
            connection.execute("INSERT INTO clusters VALUES (1, ?, ?, 1.0)", row)
        for number, name in enumerate(names):
            connection.execute("INSERT INTO cluster_names VALUES (1, ?, ?, 1.0)", (number, name))
    connection.close()
