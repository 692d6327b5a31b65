"""A map made by hand: principal components of the vectors, and clusters by folder."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

import sqlclap
from sqlclap.vectors import default_model, own_vectors

SCHEMA = """
CREATE TABLE IF NOT EXISTS layouts (layout_id INTEGER PRIMARY KEY, model_id, params, seed,
  quality, seconds, is_current);
CREATE TABLE IF NOT EXISTS layout_umap (layout_id, sample_id, x REAL, y REAL, placed DEFAULT 0,
  PRIMARY KEY (layout_id, sample_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clusterings (clustering_id INTEGER PRIMARY KEY, model_id, method,
  params, seed, seconds, is_current);
CREATE TABLE IF NOT EXISTS clusters (clustering_id, sample_id, cluster, probability,
  PRIMARY KEY (clustering_id, sample_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cluster_names (clustering_id, cluster, level DEFAULT 0, parent, name,
  score);
"""
LAYOUT = """
INSERT INTO layouts (layout_id, model_id, params, seed, quality, seconds, is_current)
VALUES (1, 1, '{}', 0, '{}', 0, 1)
"""
CLUSTERING = """
INSERT INTO clusterings (clustering_id, model_id, method, params, seed, seconds, is_current)
VALUES (1, 1, 'folders', '{}', 0, 0, 1)
"""
POINT = "INSERT INTO layout_umap (layout_id, sample_id, x, y) VALUES (1, ?, ?, ?)"
MEMBER = "INSERT INTO clusters (clustering_id, sample_id, cluster, probability) VALUES (1, ?, ?, 1)"
NAME = "INSERT INTO cluster_names (clustering_id, cluster, name, level) VALUES (1, ?, ?, 0)"


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
        connection.execute(LAYOUT)
        connection.execute(CLUSTERING)
        for one, place, folder in zip(ids, places.tolist(), folders, strict=True):
            connection.execute(POINT, (one, *place))
            connection.execute(MEMBER, (one, names.index(folder)))
        connection.executemany(NAME, list(enumerate(names)))
    connection.close()
