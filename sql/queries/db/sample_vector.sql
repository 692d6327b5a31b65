-- A sample's own vector under a model.
SELECT v.vector
FROM embeddings AS e
JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
WHERE e.sample_id = ? AND e.model_id = {model_id} AND e.window_index IS NULL;
