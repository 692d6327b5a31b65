-- Windows' vectors by embedding; ?1 is a JSON array of ids.
SELECT v.embedding_id, v.vector
FROM json_each(?1) AS wanted
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = wanted.value
CROSS JOIN embeddings AS e ON e.embedding_id = v.embedding_id
CROSS JOIN samples AS s ON s.sample_id = e.sample_id
WHERE v.is_window = 1 AND e.model_id = {model_id} AND e.window_index IS NOT NULL;
