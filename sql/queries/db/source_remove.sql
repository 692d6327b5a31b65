DELETE FROM samples WHERE source_id = :source_id;
DELETE FROM ingest_failures WHERE source_id = :source_id;
DELETE FROM sources WHERE source_id = :source_id;
