-- In a shard: what it remembers of files by whole names (?1, [[key, name], ...]), but for those that
-- were taken in since renamed files were looked for.
SELECT json_extract(j.value, '$[0]'), p.content_hash, p.bytes, p.mtime_ns
FROM json_each(?1) AS j
CROSS JOIN sources AS s
JOIN samples AS p
    ON p.source_id = s.source_id AND p.path = substr(json_extract(j.value, '$[1]'), length(rtrim(s.root, '/')) + 2)
WHERE json_extract(j.value, '$[1]') = rtrim(s.root, '/') || '/' || p.path
    AND p.sample_id <= ifnull((SELECT m.renames_sought FROM set_membership AS m), p.sample_id);
