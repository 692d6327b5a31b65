-- In a shard: what it remembers of samples (?1, [[key, sample_id], ...]), but for those that were
-- taken in since renamed files were looked for.
SELECT json_extract(j.value, '$[0]'), p.content_hash, p.bytes, p.mtime_ns
FROM json_each(?1) AS j
JOIN samples AS p ON p.sample_id = json_extract(j.value, '$[1]')
WHERE p.sample_id <= ifnull((SELECT m.renames_sought FROM set_membership AS m), p.sample_id);
