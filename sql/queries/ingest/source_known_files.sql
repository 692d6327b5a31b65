-- The files of a source, taken in or failed.
SELECT path, path_bytes FROM samples WHERE source_id = ?1
UNION
SELECT path, path_bytes FROM ingest_failures WHERE source_id = ?1;
