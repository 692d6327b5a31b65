-- A sound that was measured again; its file, and so its vectors, are as they were.
UPDATE samples SET
    {assignments},
    measurement_id = :measurement_id,
    note = :note,
    updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE sample_id = :sample_id;
