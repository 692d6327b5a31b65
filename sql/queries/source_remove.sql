DELETE FROM samples WHERE source_id = ?1;
DELETE FROM ingest_failures WHERE source_id = ?1;
DELETE FROM sources WHERE source_id = ?1;
