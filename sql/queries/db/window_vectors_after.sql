-- The next windows' vectors by id: ?1 the last id seen, ?2 how many, ?3 the last id wanted.
SELECT e.embedding_id, e.sample_id, v.vector
FROM embeddings AS e
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE e.model_id = {model_id} AND e.window_index IS NOT NULL AND v.is_window = 1
    AND e.embedding_id > ?1 AND e.embedding_id <= ?3
ORDER BY e.embedding_id
LIMIT ?2;
