-- Windows under model ?2 that touch any of the stretches ?1: a JSON array of
-- [sample_id, from_s, to_s].
SELECT DISTINCT e.embedding_id, e.sample_id, e.start_s, e.end_s
FROM json_each(?1) AS wanted
CROSS JOIN embeddings AS e ON e.sample_id = wanted.value ->> 0 AND e.model_id = ?2
WHERE e.window_index IS NOT NULL
    AND e.start_s <= wanted.value ->> 2 AND e.end_s >= wanted.value ->> 1;
