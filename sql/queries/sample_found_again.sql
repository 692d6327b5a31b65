-- The content is known: only where it lies and when it was written is new. What was silent has
-- no vector and stays silent.
UPDATE samples SET
    source_id = :source_id,
    path = :path,
    path_bytes = :path_bytes,
    bytes = :bytes,
    mtime_ns = :mtime_ns,
    status = iif(
        EXISTS (
            SELECT 1 FROM embeddings AS e
            WHERE e.sample_id = :sample_id AND e.window_index IS NULL
        ),
        'ok', 'silent'
    ),
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id;
