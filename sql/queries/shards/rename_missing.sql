-- In a shard: the sounds whose file is gone.
SELECT p.sample_id, p.content_hash, p.bytes, s.root, p.path, p.path_bytes, p.status
FROM samples AS p
JOIN sources AS s USING (source_id)
WHERE p.status = 'missing' AND p.content_hash <> '';
