-- The files of a plan by their numbers in it, what they hold, and the samples whose name they took.
CREATE TABLE sizes (
    number INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
);
CREATE INDEX sizes_alike ON sizes (bytes);
CREATE TABLE held (
    number INTEGER PRIMARY KEY,
    content_hash TEXT
);
CREATE TABLE left_behind (
    number INTEGER PRIMARY KEY,
    content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX left_behind_by_content ON left_behind (content_hash);
CREATE INDEX left_behind_by_size ON left_behind (bytes);
CREATE TABLE candidates (
    number INTEGER PRIMARY KEY,
    content_hash TEXT NOT NULL
);
CREATE INDEX candidates_by_content ON candidates (content_hash);
CREATE TABLE beyond (
    file BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    known_hash TEXT,
    content_hash TEXT
) WITHOUT ROWID;
CREATE INDEX beyond_alike ON beyond (bytes);
CREATE INDEX beyond_by_content ON beyond (content_hash);
CREATE TABLE put_aside (
    number INTEGER PRIMARY KEY
);
CREATE TABLE targets (
    sample_id INTEGER PRIMARY KEY,
    was INTEGER NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    taken_from INTEGER
);
