-- Neighbours kept as a table on demand (sqlclap neighbors --store), and what has changed since.

CREATE TABLE stored_neighbors (
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    sample_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,                  -- 1, 2, ...
    neighbor_id INTEGER NOT NULL,
    score REAL NOT NULL,                    -- cosine similarity
    PRIMARY KEY (model_id, sample_id, rank)
) WITHOUT ROWID;

CREATE INDEX stored_neighbors_backwards ON stored_neighbors (model_id, neighbor_id);

CREATE TABLE stored_neighbors_state (
    model_id INTEGER PRIMARY KEY REFERENCES models (model_id),
    neighbors INTEGER NOT NULL CHECK (neighbors > 0), -- of each sound
    exact INTEGER NOT NULL DEFAULT 0 CHECK (exact IN (0, 1)), -- all vectors were compared
    built_at TEXT                           -- NULL: not whole, or changes may have been missed
);

-- Sounds whose lists, or whose places in others' lists, have to be found anew. The mark is random:
-- whoever has seen to a change removes it, and no later one.
CREATE TABLE stored_neighbors_changes (
    model_id INTEGER NOT NULL,
    sample_id INTEGER NOT NULL,
    mark INTEGER NOT NULL,
    PRIMARY KEY (model_id, sample_id)
) WITHOUT ROWID;

CREATE TRIGGER stored_neighbors_added AFTER INSERT ON embeddings
WHEN NEW.window_index IS NULL
    AND EXISTS (SELECT 1 FROM stored_neighbors_state AS t WHERE t.model_id = NEW.model_id)
BEGIN
    INSERT OR REPLACE INTO stored_neighbors_changes VALUES (NEW.model_id, NEW.sample_id, random());
END;

CREATE TRIGGER stored_neighbors_removed AFTER DELETE ON embeddings
WHEN OLD.window_index IS NULL
    AND EXISTS (SELECT 1 FROM stored_neighbors_state AS t WHERE t.model_id = OLD.model_id)
BEGIN
    INSERT OR REPLACE INTO stored_neighbors_changes
    SELECT OLD.model_id, n.sample_id, random()
    FROM stored_neighbors AS n
    WHERE n.model_id = OLD.model_id AND n.neighbor_id = OLD.sample_id;
    INSERT OR REPLACE INTO stored_neighbors_changes VALUES (OLD.model_id, OLD.sample_id, random());
    DELETE FROM stored_neighbors WHERE model_id = OLD.model_id AND sample_id = OLD.sample_id;
    DELETE FROM stored_neighbors WHERE model_id = OLD.model_id AND neighbor_id = OLD.sample_id;
END;

CREATE TRIGGER models_removed_neighbors BEFORE DELETE ON models
BEGIN
    DELETE FROM stored_neighbors WHERE model_id = OLD.model_id;
    DELETE FROM stored_neighbors_changes WHERE model_id = OLD.model_id;
    DELETE FROM stored_neighbors_state WHERE model_id = OLD.model_id;
END;
