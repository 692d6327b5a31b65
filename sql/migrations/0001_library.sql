-- Sounds and where they come from.

CREATE TABLE sources (
    source_id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE,              -- absolute folder
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE samples (
    sample_id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given to another sound
    source_id INTEGER NOT NULL REFERENCES sources (source_id),
    path TEXT NOT NULL,                     -- below the source's root, '/' between folders
    path_bytes BLOB,                        -- the file system's own bytes, where they are not UTF-8
    content_hash TEXT NOT NULL,             -- SHA-256 of the file, hexadecimal
    bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    duration_s REAL,
    sample_rate INTEGER,
    channels INTEGER,
    format TEXT,                            -- container/encoding, such as WAV/PCM_24
    peak_db REAL,                           -- dBFS
    rms_db REAL,                            -- dBFS
    spectral_centroid_hz REAL,
    flatness REAL,                          -- 0 a tone ... 1 white noise
    attack_s REAL,
    pitch_hz REAL,
    pitch_confidence REAL,                  -- 0 ... 1
    status TEXT NOT NULL DEFAULT 'ok'
        CHECK (status IN ('ok', 'silent', 'missing', 'failed')),
    note TEXT,                              -- what decoding had to put up with
    added_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (source_id, path)
);

CREATE INDEX samples_by_content ON samples (content_hash);

CREATE TABLE ingest_failures (
    source_id INTEGER NOT NULL REFERENCES sources (source_id),
    path TEXT NOT NULL,
    path_bytes BLOB,
    stage TEXT NOT NULL CHECK (stage IN ('scan', 'read', 'decode', 'embed', 'store')),
    reason TEXT NOT NULL,
    bytes INTEGER,                          -- size and time of the file that failed:
    mtime_ns INTEGER,                       -- it is tried again only when they change
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (source_id, path)
);
