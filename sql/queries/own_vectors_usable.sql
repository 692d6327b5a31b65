-- Samples' own vectors that can be compared: of lengths from ?1 to ?2 (NaN and infinities have none).
SELECT count(*)
FROM embeddings AS e
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE e.model_id = {model_id} AND e.window_index IS NULL AND v.is_window = 0
    AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN ?1 AND ?2;
