-- Give an inner source's rows to the folder around it: ?1 outer, ?2 prefix, ?3 inner.
UPDATE samples
SET source_id = ?1, path = ?2 || path, path_bytes = CAST(?2 || path_bytes AS BLOB)
WHERE source_id = ?3;
