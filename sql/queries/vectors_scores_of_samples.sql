-- The ?3 samples nearest to vector ?1 among those of the JSON array ?2, by looking at all of them.
SELECT e.embedding_id, e.sample_id, 1.0 - vec_distance_cosine(v.vector, ?1) AS score
FROM json_each(?2) AS wanted
CROSS JOIN embeddings AS e
    ON e.sample_id = wanted.value AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
ORDER BY score DESC, e.embedding_id
LIMIT ?3;
