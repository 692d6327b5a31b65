-- The samples of source ?2 whose file was not found.
SELECT
    s.sample_id, s.path, s.path_bytes, s.content_hash, s.bytes, s.mtime_ns, s.status,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    ) AS has_vector
FROM samples AS s
WHERE s.source_id = ?2 AND NOT EXISTS (SELECT 1 FROM temp.found_files AS f WHERE f.path = s.path)
ORDER BY s.path;
