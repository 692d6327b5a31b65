-- Sources that hold no sample, and that no attached table needs; failures of named files count,
-- those of trees that are gone don't.
SELECT src.source_id
FROM sources AS src
WHERE NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.source_id = src.source_id)
    AND NOT EXISTS (
        SELECT 1 FROM attachments AS a WHERE src.source_id IN (a.source_id, a.pieces_id)
    )
    AND (
        src.kind = 'tree'
        OR NOT EXISTS (SELECT 1 FROM ingest_failures AS f WHERE f.source_id = src.source_id)
    );
