-- Rows of a table as they are now, to be compared with those that are known.
CREATE TEMP TABLE attached_new (
    key PRIMARY KEY, source_id INTEGER, path TEXT, path_bytes BLOB, start_s REAL, end_s REAL,
    problem TEXT
) WITHOUT ROWID;
