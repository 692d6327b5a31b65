-- The files of a source, taken in or failed, and those that rows of attached tables name.
SELECT path, path_bytes FROM samples WHERE source_id = ?1
UNION
SELECT path, path_bytes FROM ingest_failures WHERE source_id = ?1
UNION
SELECT path, path_bytes FROM attached_rows WHERE source_id = ?1;
