-- What the planning of an ingest looks up: for its connection alone, and never in the library's file.
CREATE TEMP TABLE IF NOT EXISTS found_files (
    path TEXT PRIMARY KEY,
    path_bytes BLOB,
    bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS new_sizes (bytes INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS gone_objects (sample_id INTEGER PRIMARY KEY);
DELETE FROM temp.found_files;
DELETE FROM temp.new_sizes;
DELETE FROM temp.gone_objects;
