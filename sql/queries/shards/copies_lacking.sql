-- The catalog's copies that have no vector under model ?1.
SELECT s.sample_id
FROM samples AS s
WHERE NOT EXISTS (
    SELECT 1 FROM embeddings AS e
    WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
)
