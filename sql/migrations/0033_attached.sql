-- Tables of other databases whose rows name sounds. Nothing of theirs is copied but each row's key,
-- and where its sound lies.

CREATE TABLE attachments (
    attachment_id INTEGER PRIMARY KEY,
    database TEXT NOT NULL,                 -- file; below the library's folder it is relative to that
    table_name TEXT NOT NULL,               -- or a view
    key_column TEXT NOT NULL,               -- what tells its rows apart
    path_column TEXT,                       -- one of the two
    blob_column TEXT,
    start_column TEXT,
    end_column TEXT,
    urls INTEGER NOT NULL DEFAULT 0 CHECK (urls IN (0, 1)),     -- 1: addresses are fetched
    source_id INTEGER NOT NULL REFERENCES sources (source_id),  -- what relative paths lie below
    pieces_id INTEGER REFERENCES sources (source_id),   -- the folder of BLOBs, downloads and spans
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (database, table_name),
    CHECK ((path_column IS NULL) <> (blob_column IS NULL))
);

CREATE TABLE attached_rows (
    attachment_id INTEGER NOT NULL REFERENCES attachments (attachment_id),
    key NOT NULL,                           -- a number or text, as it stands there
    source_id INTEGER REFERENCES sources (source_id),   -- where its sound lies; NULL: nowhere
    path TEXT,
    path_bytes BLOB,
    start_s REAL,                           -- the span of its recording that it is, in seconds
    end_s REAL,
    problem TEXT,                           -- why it has no sound
    noticed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (attachment_id, key)
) WITHOUT ROWID;

CREATE INDEX attached_rows_by_sound ON attached_rows (source_id, path);

CREATE TRIGGER attachments_removed BEFORE DELETE ON attachments
BEGIN
    DELETE FROM attached_rows WHERE attachment_id = OLD.attachment_id;
END;
