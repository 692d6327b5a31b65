-- In a shard: the sounds that it has taken in after ?1.
SELECT p.sample_id, p.content_hash, p.bytes, s.root, p.path, p.path_bytes, p.status
FROM samples AS p
JOIN sources AS s USING (source_id)
WHERE p.sample_id > ?1 AND p.status IN ('ok', 'silent') AND p.content_hash <> '';
