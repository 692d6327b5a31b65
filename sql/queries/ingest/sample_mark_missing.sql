-- The file is gone, unless another program has found it elsewhere meanwhile.
UPDATE samples SET
    status = 'missing',
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id AND source_id = :source_id AND path = :path AND status <> 'missing';
