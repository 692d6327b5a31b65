-- Own vectors of the samples from ?1 to ?2, at most ?3 of them, by sample. The plus signs keep
-- SQLite from walking all of the model's embeddings instead.
SELECT e.sample_id, v.vector
FROM embeddings AS e
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id AND v.is_window = 0
WHERE e.sample_id >= ?1 AND e.sample_id <= ?2 AND +e.model_id = {model_id}
    AND +e.window_index IS NULL
ORDER BY e.sample_id
LIMIT ?3;
