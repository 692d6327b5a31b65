-- The next ?3 sounds after ?2 that have a vector under model ?1, with their paths.
SELECT s.sample_id, s.path
FROM samples AS s
WHERE s.sample_id > ?2
    AND EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    )
ORDER BY s.sample_id
LIMIT ?3
