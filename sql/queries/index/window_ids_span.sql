-- First and last embedding of windows; no row where there are none.
SELECT min(embedding_id), max(embedding_id)
FROM embeddings
WHERE model_id = ?1 AND window_index IS NOT NULL
HAVING count(*) > 0;
