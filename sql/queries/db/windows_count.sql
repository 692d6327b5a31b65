SELECT count(*) FROM embeddings WHERE model_id = ? AND window_index IS NOT NULL;
