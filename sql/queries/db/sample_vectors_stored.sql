-- All vectors of a sample under a model, in the order in which they were stored.
SELECT e.window_index, e.start_s, e.end_s, v.vector
FROM embeddings AS e
JOIN vec_{model_id} AS v USING (embedding_id)
WHERE e.sample_id = ? AND e.model_id = ?
ORDER BY e.embedding_id;
