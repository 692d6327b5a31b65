-- Samples that have a vector under model ?1, by path.
SELECT s.sample_id, s.path
FROM samples AS s
WHERE EXISTS (
    SELECT 1 FROM embeddings AS e
    WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
)
ORDER BY s.path, s.sample_id;
