-- Models and their vectors. Each model's vectors live in a vec0 table of its own, vec_<model_id>,
-- made when the model is first used (sql/queries/vectors_create.sql).

CREATE TABLE models (
    model_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    model_version TEXT NOT NULL UNIQUE,     -- first 16 hex digits of the contract's SHA-256
    dim INTEGER NOT NULL CHECK (dim > 0),
    contract TEXT NOT NULL,                 -- canonical JSON
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE UNIQUE INDEX models_one_default ON models (is_default) WHERE is_default = 1;

CREATE TABLE embeddings (
    embedding_id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given to another vector
    sample_id INTEGER NOT NULL REFERENCES samples (sample_id),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    window_index INTEGER,                   -- NULL: the sample's own vector
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- A plain UNIQUE would let several NULL windows of one sample through.
CREATE UNIQUE INDEX embeddings_one_each
    ON embeddings (sample_id, model_id, ifnull(window_index, -1));

-- What an index beside the library has to catch up with, in order.
CREATE TABLE embedding_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL,
    embedding_id INTEGER NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('add', 'remove'))
);

CREATE TRIGGER embeddings_added AFTER INSERT ON embeddings
BEGIN
    INSERT INTO embedding_changes (model_id, embedding_id, op)
    VALUES (NEW.model_id, NEW.embedding_id, 'add');
END;

CREATE TRIGGER embeddings_removed AFTER DELETE ON embeddings
BEGIN
    INSERT INTO embedding_changes (model_id, embedding_id, op)
    VALUES (OLD.model_id, OLD.embedding_id, 'remove');
END;

-- Triggers, not foreign-key cascades: PRAGMA foreign_keys is off in most tools.
CREATE TRIGGER samples_removed BEFORE DELETE ON samples
BEGIN
    DELETE FROM embeddings WHERE sample_id = OLD.sample_id;
END;
