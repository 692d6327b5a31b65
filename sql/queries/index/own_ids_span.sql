-- First and last embedding of samples' own vectors; no row where there are none.
SELECT min(embedding_id), max(embedding_id)
FROM embeddings
WHERE model_id = ?1 AND window_index IS NULL
HAVING count(*) > 0;
