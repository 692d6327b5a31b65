-- In a shard: the sounds whose file is gone, and those that it has taken in after ?1.
SELECT p.sample_id, p.content_hash, p.bytes, s.root, p.path, p.path_bytes, p.status
FROM samples AS p
JOIN sources AS s USING (source_id)
WHERE p.content_hash <> ''
    AND (p.status = 'missing' OR (p.sample_id > ?1 AND p.status IN ('ok', 'silent')));
