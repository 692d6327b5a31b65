-- The first window from id ?2 on.
SELECT embedding_id
FROM embeddings
WHERE model_id = ?1 AND window_index IS NOT NULL AND embedding_id >= ?2
ORDER BY embedding_id
LIMIT 1;
