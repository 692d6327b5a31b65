-- Samples' own vectors; ?1 is a JSON array of sample ids. Joined row by row.
SELECT e.sample_id, v.vector
FROM json_each(?1) AS wanted
CROSS JOIN embeddings AS e
    ON e.sample_id = wanted.value AND e.model_id = {model_id} AND e.window_index IS NULL
CROSS JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id AND v.is_window = 0;
