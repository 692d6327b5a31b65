-- The file can't be taken in; a sample that kept vectors of its content keeps its status.
UPDATE samples SET
    status = 'failed',
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE
    sample_id = :sample_id
    AND NOT EXISTS (SELECT 1 FROM embeddings AS e WHERE e.sample_id = :sample_id);
