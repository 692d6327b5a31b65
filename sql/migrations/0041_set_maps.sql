-- In the catalog of a set: the map and the clusters that were fitted on a sample of its sounds, and by
-- which its shards place theirs (docs/shards.md). Other libraries have nothing here. All of it can be
-- computed anew, except names that a person gave (set_cluster_names.source = 'person').

CREATE TABLE set_fits (
    kind TEXT PRIMARY KEY CHECK (kind IN ('map', 'clusters')),
    version TEXT NOT NULL,                  -- sums up all fixed points: shards say which one they show
    params TEXT NOT NULL,                   -- JSON, as in layouts and clusterings
    seed INTEGER NOT NULL,
    report TEXT NOT NULL,                   -- JSON: what was measured of the fit
    seconds REAL NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) WITHOUT ROWID;

-- Sounds by their ids in the set, with the vectors that they had.
CREATE TABLE set_map_points (
    set_id INTEGER PRIMARY KEY,
    x REAL NOT NULL,
    y REAL NOT NULL,
    agreement REAL NOT NULL,
    vector BLOB NOT NULL
);

CREATE TABLE set_cluster_points (
    set_id INTEGER PRIMARY KEY,
    cluster INTEGER NOT NULL,               -- -1: noise, of no cluster
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    vector BLOB NOT NULL
);

CREATE TABLE set_cluster_names (
    cluster INTEGER PRIMARY KEY,
    level INTEGER NOT NULL DEFAULT 0,
    parent INTEGER,
    name TEXT NOT NULL,
    score REAL,
    source TEXT NOT NULL DEFAULT 'words' CHECK (source IN ('words', 'person'))
);

-- In the libraries of a set: whose they are, so that nothing is taken into one of them alone. At most
-- one row.
CREATE TABLE set_membership (
    set_file TEXT NOT NULL                  -- its path from the library's folder
);
