-- In a shard: the sounds that have one of some contents (?1, JSON), and whose file is there.
SELECT p.sample_id, p.content_hash, p.path
FROM json_each(?1) AS j
CROSS JOIN samples AS p ON p.content_hash = j.value
WHERE p.status IN ('ok', 'silent')
ORDER BY p.sample_id
