-- All samples that have an own vector of a model.
SELECT sample_id FROM embeddings WHERE model_id = ? AND window_index IS NULL
