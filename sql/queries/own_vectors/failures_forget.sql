-- Failures of rows of the source ?1 that are in by now; ?2 a JSON array of their ids.
DELETE FROM ingest_failures
WHERE source_id = ?1 AND path IN (SELECT j.value FROM json_each(?2) AS j);
