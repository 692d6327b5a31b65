-- Files that sources hold by name, taken in or failed.
SELECT src.source_id, src.root, named.path, named.path_bytes
FROM sources AS src
JOIN (
    SELECT source_id, path, path_bytes FROM samples
    UNION
    SELECT source_id, path, path_bytes FROM ingest_failures
) AS named USING (source_id)
WHERE src.kind = 'files';
