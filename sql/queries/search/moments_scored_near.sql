-- Moments that touch any of the stretches ?2, a JSON array of [sample_id, from_s, to_s], and their
-- scores against vector ?1: windows, and short samples as a whole.
SELECT e.embedding_id, e.sample_id, e.start_s, e.end_s, max(iif(
        vec_distance_l2(v.vector, zeroblob(length(v.vector))) BETWEEN 1e-15 AND 1e15,
        1.0 - vec_distance_cosine(v.vector, ?1),
        NULL
    )) AS score
FROM json_each(?2) AS wanted
CROSS JOIN embeddings AS e ON e.sample_id = wanted.value ->> 0 AND e.model_id = {model_id}
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
WHERE e.start_s <= wanted.value ->> 2 AND e.end_s >= wanted.value ->> 1
    AND v.is_window = (e.window_index IS NOT NULL)
    AND (e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
    ))
GROUP BY e.embedding_id;
