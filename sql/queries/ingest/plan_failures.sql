-- What failed in a source, files and folders, and was not found now.
SELECT failed.path, failed.path_bytes
FROM ingest_failures AS failed
WHERE failed.source_id = ?
    AND NOT EXISTS (SELECT 1 FROM temp.found_files AS f WHERE f.path = failed.path)
ORDER BY failed.path;
