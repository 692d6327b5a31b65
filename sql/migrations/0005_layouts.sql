-- Maps and clusters. All of it can be computed anew from the vectors, except names that a person
-- gave (cluster_names.source = 'person').

CREATE TABLE layouts (
    layout_id INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    params TEXT NOT NULL,                   -- JSON: neighbors, min_dist, epochs, sample, start
    seed INTEGER NOT NULL,
    trustworthiness REAL,                   -- 0 ... 1; NULL where there are too few points
    continuity REAL,
    quality TEXT NOT NULL,                  -- JSON: points looked at, and among how many neighbours
    seconds REAL NOT NULL,
    aligned_to INTEGER,                     -- the layout_id of the map before
    movement REAL,                          -- median, as a share of the map's diameter
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    is_current INTEGER NOT NULL DEFAULT 0 CHECK (is_current IN (0, 1))
);

CREATE UNIQUE INDEX layouts_one_current ON layouts (model_id) WHERE is_current = 1;

CREATE TABLE layout_umap (
    layout_id INTEGER NOT NULL REFERENCES layouts (layout_id),
    sample_id INTEGER NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    placed INTEGER NOT NULL DEFAULT 0 CHECK (placed IN (0, 1)), -- 1: put beside its neighbours
    agreement REAL,                         -- share of its nearest sounds that are nearest here too
    PRIMARY KEY (layout_id, sample_id)
) WITHOUT ROWID;

CREATE INDEX layout_umap_by_sample ON layout_umap (sample_id);

CREATE TABLE clusterings (
    clustering_id INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    method TEXT NOT NULL,
    params TEXT NOT NULL,                   -- JSON
    seed INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    is_current INTEGER NOT NULL DEFAULT 0 CHECK (is_current IN (0, 1))
);

CREATE UNIQUE INDEX clusterings_one_current ON clusterings (model_id) WHERE is_current = 1;

CREATE TABLE clusters (
    clustering_id INTEGER NOT NULL REFERENCES clusterings (clustering_id),
    sample_id INTEGER NOT NULL,
    cluster INTEGER NOT NULL,               -- -1: noise, of no cluster
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    placed INTEGER NOT NULL DEFAULT 0 CHECK (placed IN (0, 1)), -- 1: after its neighbours
    PRIMARY KEY (clustering_id, sample_id)
) WITHOUT ROWID;

CREATE INDEX clusters_by_cluster ON clusters (clustering_id, cluster);
CREATE INDEX clusters_by_sample ON clusters (sample_id);

-- Level 0 holds the clusters themselves; level 1 the groups that they make up (parent).
CREATE TABLE cluster_names (
    clustering_id INTEGER NOT NULL REFERENCES clusterings (clustering_id),
    cluster INTEGER NOT NULL,
    level INTEGER NOT NULL DEFAULT 0,
    parent INTEGER,                         -- a cluster of the next level
    name TEXT NOT NULL,
    score REAL,                             -- how much better the name fits here than elsewhere
    source TEXT NOT NULL DEFAULT 'words' CHECK (source IN ('words', 'person')),
    PRIMARY KEY (clustering_id, cluster)
) WITHOUT ROWID;

-- Triggers, not foreign-key cascades: PRAGMA foreign_keys is off in most tools.
CREATE TRIGGER samples_removed_layouts AFTER DELETE ON samples
BEGIN
    DELETE FROM layout_umap WHERE sample_id = OLD.sample_id;
    DELETE FROM clusters WHERE sample_id = OLD.sample_id;
END;

CREATE TRIGGER layouts_removed BEFORE DELETE ON layouts
BEGIN
    DELETE FROM layout_umap WHERE layout_id = OLD.layout_id;
END;

CREATE TRIGGER clusterings_removed BEFORE DELETE ON clusterings
BEGIN
    DELETE FROM cluster_names WHERE clustering_id = OLD.clustering_id;
    DELETE FROM clusters WHERE clustering_id = OLD.clustering_id;
END;
