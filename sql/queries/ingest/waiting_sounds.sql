-- A part of queries: sounds on disk that can be heard and have no vector under model ?1 yet.
FROM samples AS s
WHERE s.status = 'ok'
    AND NOT EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    )
