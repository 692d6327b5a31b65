-- The own vectors under model ?2 of some sounds (?1, a JSON array) whose files are there.
SELECT s.sample_id, v.vector
FROM json_each(?1) AS wanted
JOIN samples AS s ON s.sample_id = wanted.value AND s.status = 'ok'
JOIN embeddings AS e
    ON e.sample_id = s.sample_id AND e.model_id = ?2 AND e.window_index IS NULL
JOIN vec_{model_id} AS v ON v.embedding_id = e.embedding_id
