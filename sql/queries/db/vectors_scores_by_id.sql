-- Exact scores of a few embeddings against vector ?1; ?2 is a JSON array of their ids, ?3 tells
-- windows (1) from samples' own (0). Those that can't be compared score NULL.
SELECT v.embedding_id, e.sample_id, iif(
        vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15,
        1.0 - vec_distance_cosine(v.vector, ?1),
        NULL
    ) AS score
FROM json_each(?2) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE e.model_id = {model_id} AND v.is_window = ?3 AND (e.window_index IS NOT NULL) = ?3
ORDER BY score DESC, v.embedding_id;
