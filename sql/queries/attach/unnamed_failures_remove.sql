DELETE FROM ingest_failures
WHERE source_id IN (SELECT source_id FROM attachments UNION SELECT pieces_id FROM attachments)
    AND NOT EXISTS (
        SELECT 1 FROM attached_rows AS r
        WHERE r.source_id = ingest_failures.source_id AND r.path = ingest_failures.path
    );
