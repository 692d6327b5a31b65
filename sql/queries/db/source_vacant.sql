-- Sources that hold no sample; failures of named files count, those of trees that are gone don't.
SELECT src.source_id
FROM sources AS src
WHERE NOT EXISTS (SELECT 1 FROM samples AS s WHERE s.source_id = src.source_id)
    AND (
        src.kind = 'tree'
        OR NOT EXISTS (SELECT 1 FROM ingest_failures AS f WHERE f.source_id = src.source_id)
    );
