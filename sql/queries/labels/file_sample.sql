-- A file got other metadata: its sound is the same.
UPDATE samples SET
    content_hash = :content_hash,
    bytes = :bytes,
    mtime_ns = :mtime_ns,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id;
