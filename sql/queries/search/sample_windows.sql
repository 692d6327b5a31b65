-- The windows of sample ?1 under model ?2, and where they lie in it.
SELECT embedding_id, start_s, end_s
FROM embeddings
WHERE sample_id = ?1 AND model_id = ?2 AND window_index IS NOT NULL;
