-- Samples' own embeddings that can't be compared, and why not.
SELECT embedding_id, sample_id, reason
FROM (
    SELECT
        e.embedding_id, e.sample_id,
        CASE
            WHEN v.embedding_id IS NULL THEN 'no vector'
            WHEN s.sample_id IS NULL THEN 'no such sample'
            WHEN v.is_window <> 0 THEN 'marked as a window''s'
            WHEN vec_distance_l2(v.vector, zeroblob(length(v.vector))) IS NULL
                THEN 'not a number'
            WHEN vec_distance_l2(v.vector, zeroblob(length(v.vector))) < 1e-15 THEN 'zeros'
            WHEN vec_distance_l2(v.vector, zeroblob(length(v.vector))) > 1e15 THEN 'infinite'
        END AS reason
    FROM embeddings AS e
    LEFT JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
    LEFT JOIN samples AS s ON s.sample_id = e.sample_id
    WHERE e.model_id = {model_id} AND e.window_index IS NULL
)
WHERE reason IS NOT NULL
ORDER BY embedding_id;
