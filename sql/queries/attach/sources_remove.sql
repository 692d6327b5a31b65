-- Sources of named files that hold nothing, and that no attached table needs.
DELETE FROM sources
WHERE kind = 'files'
    AND NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.source_id = sources.source_id)
    AND NOT EXISTS (SELECT 1 FROM ingest_failures AS f WHERE f.source_id = sources.source_id)
    AND NOT EXISTS (
        SELECT 1 FROM attachments AS a WHERE sources.source_id IN (a.source_id, a.pieces_id)
    );
