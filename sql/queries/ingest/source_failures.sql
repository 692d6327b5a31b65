-- What failed in a source: files with the size and time they had then, folders without.
SELECT path, path_bytes, bytes, mtime_ns, stage, reading_revision
FROM ingest_failures
WHERE source_id = ?;
