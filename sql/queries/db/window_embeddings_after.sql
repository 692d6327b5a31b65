-- The next windows' embeddings: ?1 the last id seen, ?2 how many, ?3 the last id wanted,
-- ?4 the model.
SELECT e.embedding_id, e.sample_id
FROM embeddings AS e
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE e.model_id = ?4 AND e.window_index IS NOT NULL
    AND e.embedding_id > ?1 AND e.embedding_id <= ?3
ORDER BY e.embedding_id
LIMIT ?2;
