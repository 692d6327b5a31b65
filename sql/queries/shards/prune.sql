-- In a shard: removes those of some samples (?1, JSON) whose file is gone.
DELETE FROM samples
WHERE sample_id IN (SELECT value FROM json_each(?1)) AND status = 'missing';
