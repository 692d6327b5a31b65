-- Frees the name of a sample whose sound another library takes in.
UPDATE samples SET
    path = :path,
    path_bytes = :path_bytes,
    status = 'missing',
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id;
