DELETE FROM ingest_failures WHERE source_id = ?1 AND substr(reason, 1, length(?2)) = ?2;
