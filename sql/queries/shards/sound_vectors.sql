-- A sound's vectors as they are stored: its own, and its windows'.
SELECT e.window_index, e.start_s, e.end_s, v.is_window, v.vector
FROM embeddings AS e
JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
WHERE e.sample_id = ? AND e.model_id = {model_id}
ORDER BY e.embedding_id
