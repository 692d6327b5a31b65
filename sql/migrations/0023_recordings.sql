-- When and where recordings were made.

ALTER TABLE sources ADD COLUMN time_zone TEXT; -- of clocks that don't say theirs, such as Europe/Berlin

CREATE TABLE deployments (
    deployment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (trim(name) <> ''),
    folder TEXT UNIQUE,                     -- absolute: recordings below it belong to the deployment
    site TEXT,
    latitude REAL CHECK (latitude BETWEEN -90 AND 90),      -- degrees, WGS 84
    longitude REAL CHECK (longitude BETWEEN -180 AND 180),
    habitat TEXT,
    recorder TEXT,
    notes TEXT,
    more TEXT NOT NULL DEFAULT '{}'         -- JSON object: other columns of the file it came from
        CHECK (json_valid(more) AND json_type(more) = 'object'),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

-- Read by an ingest of what has no row here.
CREATE TABLE recording_times (
    sample_id INTEGER PRIMARY KEY,
    started_at TEXT,                        -- by the clock there: 2024-06-01T05:30:00
    utc_offset_min INTEGER,                 -- what that clock is ahead of UTC; NULL: nothing says
    started_at_utc TEXT,                    -- 2024-06-01T03:30:00Z; NULL: nothing says
    time_source TEXT CHECK (time_source IN ('guano', 'comment', 'bext', 'ixml', 'name', 'file')),
    latitude REAL,                          -- as the recorder wrote it
    longitude REAL,
    deployment_id INTEGER REFERENCES deployments (deployment_id)
);

CREATE INDEX recording_times_by_start ON recording_times (started_at);
CREATE INDEX recording_times_by_deployment ON recording_times (deployment_id);

CREATE TRIGGER samples_removed_times AFTER DELETE ON samples
BEGIN
    DELETE FROM recording_times WHERE sample_id = OLD.sample_id;
END;

-- The name, the metadata and the file's time may all say otherwise now.
CREATE TRIGGER samples_changed_times AFTER UPDATE OF path, source_id, content_hash, mtime_ns ON samples
WHEN OLD.path <> NEW.path OR OLD.source_id <> NEW.source_id
    OR OLD.content_hash <> NEW.content_hash OR OLD.mtime_ns <> NEW.mtime_ns
BEGIN
    DELETE FROM recording_times WHERE sample_id = NEW.sample_id;
END;

CREATE TRIGGER sources_changed_times AFTER UPDATE OF time_zone ON sources
WHEN OLD.time_zone IS NOT NEW.time_zone
BEGIN
    DELETE FROM recording_times
    WHERE sample_id IN (SELECT s.sample_id FROM samples AS s WHERE s.source_id = NEW.source_id);
END;

CREATE TRIGGER deployments_removed BEFORE DELETE ON deployments
BEGIN
    UPDATE recording_times SET deployment_id = NULL WHERE deployment_id = OLD.deployment_id;
END;

CREATE TRIGGER deployments_gone AFTER DELETE ON deployments
WHEN OLD.deployment_id > ifnull((SELECT g.highest FROM ids_gone AS g WHERE g.table_name = 'deployments'), 0)
BEGIN
    INSERT OR REPLACE INTO ids_gone VALUES ('deployments', OLD.deployment_id);
END;
