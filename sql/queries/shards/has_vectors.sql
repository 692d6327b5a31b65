-- Whether a sound has vectors of a model.
SELECT EXISTS (SELECT 1 FROM embeddings WHERE sample_id = ? AND model_id = ?)
