-- The index beside the library: which generation is in force, and what it has to catch up with.

CREATE TABLE index_meta (
    model_id INTEGER PRIMARY KEY REFERENCES models (model_id),
    generation INTEGER NOT NULL,            -- 1, 2, ...: one more with every publication
    path TEXT NOT NULL,                     -- its folder inside <library>-hnsw/
    count INTEGER NOT NULL,                 -- vectors that it can answer with
    dead INTEGER NOT NULL DEFAULT 0,        -- vectors in it that were removed since they were added
    seq INTEGER NOT NULL,                   -- embedding_changes up to this one are in it
    checksum TEXT NOT NULL,                 -- SHA-256 of its manifest, which holds its files'
    params TEXT NOT NULL,                   -- JSON: how it was built and is searched
    recall TEXT NOT NULL,                   -- JSON: mean and p5 over a query sample, against exact
    built_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE INDEX embedding_changes_by_model ON embedding_changes (model_id, seq);

-- Counts and walks samples' own vectors without touching windows.
CREATE UNIQUE INDEX embeddings_own ON embeddings (model_id, embedding_id, sample_id)
    WHERE window_index IS NULL;

-- An index remembers whose vector an embedding is: that never changes. Embed again instead.
CREATE TRIGGER embeddings_keep_owner
BEFORE UPDATE OF embedding_id, sample_id, model_id, window_index ON embeddings
BEGIN
    SELECT RAISE(ABORT, 'an embedding belongs to one sample and model: delete it and insert another');
END;
