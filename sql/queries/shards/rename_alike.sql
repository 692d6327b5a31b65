-- In a shard: the other sounds up to ?1 that have one of some contents (?2, JSON).
SELECT p.sample_id, p.content_hash, p.bytes, s.root, p.path, p.path_bytes, p.status
FROM json_each(?2) AS j
CROSS JOIN samples AS p ON p.content_hash = j.value
JOIN sources AS s USING (source_id)
WHERE p.sample_id <= ?1 AND p.status <> 'missing';
