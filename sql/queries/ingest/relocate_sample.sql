-- A sample's new place. Without a stamp (bytes), its file does not hold what it held: the next
-- ingest sees to it.
UPDATE samples SET
    source_id = :source_id,
    path = :path,
    path_bytes = :path_bytes,
    bytes = coalesce(:bytes, bytes),
    mtime_ns = coalesce(:mtime_ns, mtime_ns),
    status = CASE
        WHEN :bytes IS NULL OR status <> 'missing' THEN status
        WHEN EXISTS (
            SELECT 1 FROM embeddings AS e
            WHERE e.sample_id = :sample_id AND e.window_index IS NULL
        ) THEN 'ok'
        ELSE 'silent'
    END,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id;
