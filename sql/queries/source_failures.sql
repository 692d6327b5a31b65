-- Files of a source that failed, with the size and time they had then.
SELECT path, path_bytes, bytes, mtime_ns
FROM ingest_failures
WHERE source_id = ? AND bytes IS NOT NULL;
