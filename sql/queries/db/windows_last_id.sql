-- The last of windows' vectors; NULL where there are none.
SELECT max(embedding_id) FROM embeddings WHERE model_id = ?1 AND window_index IS NOT NULL;
