-- Where moments lie in their sounds: ?1 is a JSON array of embedding ids. A sound of several windows
-- is found by its windows, so its own vector is no moment.
SELECT e.embedding_id, e.start_s, e.end_s
FROM json_each(?1) AS wanted
JOIN embeddings AS e ON e.embedding_id = wanted.value
JOIN samples AS s ON s.sample_id = e.sample_id
JOIN sources AS src ON src.source_id = s.source_id
WHERE e.window_index IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM embeddings AS w
    WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
);
