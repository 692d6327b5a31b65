-- A source is a folder with all that lies below it, or the files that were named one by one.

ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'tree'
    CHECK (kind IN ('tree', 'files'));

ALTER TABLE sources ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]' -- JSON: patterns passed over
    CHECK (json_valid(exclude) AND json_type(exclude) = 'array');

-- No two names share a row: a name that holds what undecodable bytes are shown as is escaped too.
UPDATE OR IGNORE samples
SET path_bytes = CAST(path AS BLOB), path = replace(path, '\', '\\')
WHERE path_bytes IS NULL AND path GLOB '*\x[89a-f][0-9a-f]*';

UPDATE OR IGNORE ingest_failures
SET path_bytes = CAST(path AS BLOB), path = replace(path, '\', '\\')
WHERE path_bytes IS NULL AND path GLOB '*\x[89a-f][0-9a-f]*';
