-- Samples that have windows under model ?1: as a whole, they are no moments.
SELECT DISTINCT sample_id FROM embeddings WHERE model_id = ?1 AND window_index IS NOT NULL;
