-- A sound whose file has changed since it was copied.
UPDATE samples SET {assignments} WHERE sample_id = :sample_id
