-- The ?3 samples nearest to vector ?1 among those of the JSON array ?2, by looking at all of them.
SELECT e.embedding_id, e.sample_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
FROM json_each(?2) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value
CROSS JOIN embeddings AS e
    ON e.sample_id = s.sample_id AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
WHERE v.is_window = 0
    AND vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15
ORDER BY score DESC, e.embedding_id
LIMIT ?3;
