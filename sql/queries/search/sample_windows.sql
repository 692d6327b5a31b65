-- The embeddings of the windows of sample ?1 under model ?2.
SELECT embedding_id
FROM embeddings
WHERE sample_id = ?1 AND model_id = ?2 AND window_index IS NOT NULL;
