-- New files, and the samples whose file is gone that may be theirs.
CREATE TABLE new_files (
    file BLOB PRIMARY KEY,
    bytes INTEGER NOT NULL,
    name BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX new_files_alike ON new_files (bytes, name);
CREATE TABLE orphans (
    sample_id INTEGER PRIMARY KEY,
    content_hash TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    has_vector INTEGER NOT NULL,
    file BLOB NOT NULL,
    kept_for BLOB,
    is_taken INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX orphans_by_content ON orphans (content_hash);
CREATE INDEX orphans_by_size ON orphans (bytes);
