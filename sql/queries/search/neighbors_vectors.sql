-- Own vectors of the samples of the JSON array ?1, with their places in it; those that have none are
-- left out.
SELECT wanted.key, e.embedding_id, v.vector
FROM json_each(?1) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value
CROSS JOIN embeddings AS e
    ON e.sample_id = s.sample_id AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
WHERE v.is_window = 0
ORDER BY wanted.key;
