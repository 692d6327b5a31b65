-- In a shard: sounds that have other names than before, by both; whether another one has the former.
SELECT
    r.sample_id, r.root, r.path, s.root, p.path, p.path_bytes, p.content_hash,
    EXISTS (
        SELECT 1 FROM samples AS o JOIN sources AS os USING (source_id)
        WHERE os.root = r.root AND o.path = r.path
    ) AS is_taken
FROM set_renamed AS r
JOIN samples AS p USING (sample_id)
JOIN sources AS s ON s.source_id = p.source_id
ORDER BY r.sample_id;
