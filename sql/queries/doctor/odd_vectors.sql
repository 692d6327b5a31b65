-- Vectors whose length is not 1 within ?1, or that are marked as a sample's where they are a
-- window's, or the other way round.
SELECT v.embedding_id
FROM vec_{model_id} AS v
LEFT JOIN embeddings AS e ON e.embedding_id = v.embedding_id
WHERE NOT ifnull(vec_distance_l2(v.vector, vec_normalize(v.vector)) <= ?1, 0)
    OR v.is_window <> (e.window_index IS NOT NULL);
