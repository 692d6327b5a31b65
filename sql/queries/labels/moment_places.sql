-- Where windows lie in their sounds.
SELECT embedding_id, start_s, end_s
FROM embeddings
WHERE model_id = ?1 AND window_index IS NOT NULL
ORDER BY embedding_id;
