-- The same for what failed there: ?1 outer, ?2 prefix, ?3 inner.
UPDATE ingest_failures
SET source_id = ?1, path = ?2 || path, path_bytes = CAST(?2 || path_bytes AS BLOB)
WHERE source_id = ?3;
