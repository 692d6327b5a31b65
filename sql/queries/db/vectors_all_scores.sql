-- The ?3 best scores of all vectors against vector ?1, for more than the 4096 that vec0 gives at
-- once; ?2 tells windows (1) from samples' own (0).
SELECT v.embedding_id, e.sample_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
FROM vec_{model_id} AS v
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE e.model_id = {model_id} AND v.is_window = ?2 AND (e.window_index IS NOT NULL) = ?2
    AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15
ORDER BY score DESC, v.embedding_id
LIMIT ?3;
