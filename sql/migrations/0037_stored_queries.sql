-- Queries kept as vectors, for clients that have sqlite-vec alone: views score sounds by them.

CREATE TABLE clap_queries (
    query_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE CHECK (trim(name) <> ''),
    model_id INTEGER NOT NULL REFERENCES models (model_id),
    vector BLOB NOT NULL,                   -- float32, of length 1: what is wanted
    terms TEXT CHECK (terms IS NULL OR json_valid(terms)), -- what it was made of; NULL: unknown
    left_out TEXT NOT NULL DEFAULT '[]'     -- JSON: sample ids that are no answers
        CHECK (json_valid(left_out) AND json_type(left_out) = 'array'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE UNIQUE INDEX clap_queries_by_name ON clap_queries (name, model_id);

-- What is not wanted: a cosine above the level costs so much of the score.
CREATE TABLE clap_query_against (
    query_id INTEGER NOT NULL REFERENCES clap_queries (query_id),
    vector BLOB NOT NULL,                   -- float32, of length 1
    price REAL NOT NULL,
    level REAL NOT NULL
);

CREATE INDEX clap_query_against_of ON clap_query_against (query_id);

CREATE TRIGGER clap_queries_removed BEFORE DELETE ON clap_queries
BEGIN
    DELETE FROM clap_query_against WHERE query_id = OLD.query_id;
END;

CREATE TRIGGER models_removed_queries BEFORE DELETE ON models
BEGIN
    DELETE FROM clap_queries WHERE model_id = OLD.model_id;
END;
