-- Whether a source holds a file, or anything in a folder.
SELECT EXISTS (
    SELECT 1 FROM samples WHERE source_id = :source_id
        AND (path = :path OR (path >= :path || '/' AND path < :path || '0'))
    UNION ALL
    SELECT 1 FROM ingest_failures WHERE source_id = :source_id
        AND (path = :path OR (path >= :path || '/' AND path < :path || '0'))
);
