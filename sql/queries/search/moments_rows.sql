-- What moments are of: ?1 is a JSON array of embedding ids. A sound of several windows is found by
-- its windows, so its own vector is no moment.
SELECT
    e.embedding_id, s.sample_id, src.root, s.path, s.path_bytes, s.duration_s, s.status,
    s.heard_share, e.start_s, e.end_s,
    e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
    ) AS is_moment
FROM json_each(?1) AS wanted
JOIN embeddings AS e ON e.embedding_id = wanted.value
JOIN samples AS s ON s.sample_id = e.sample_id
JOIN sources AS src ON src.source_id = s.source_id;
