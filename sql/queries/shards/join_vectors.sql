-- Their vectors, as they are.
INSERT INTO vec_{model_id} (embedding_id, is_window, vector)
SELECT v.embedding_id + ?1, v.is_window, v.vector
FROM other.vec_{other_id} AS v
JOIN other.embeddings AS e ON e.embedding_id = v.embedding_id AND e.model_id = {other_id}
ORDER BY v.embedding_id
