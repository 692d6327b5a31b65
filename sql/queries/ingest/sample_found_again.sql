-- The content is known: only where it lies and when it was written is new. What was silent has
-- no vector and stays silent. Another program may have stored a sample at that path meanwhile:
-- then this one stays where it was.
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
WHERE
    sample_id = :sample_id
    AND NOT EXISTS (
        SELECT 1 FROM samples AS other
        WHERE
            other.source_id = :source_id AND other.path = :path
            AND other.sample_id <> :sample_id
    );
