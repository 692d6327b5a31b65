-- Samples of a JSON array of ids, in its order, with what is kept of them.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, s.duration_s,
    ifnull(k.favourite, 0), k.rating, k.note, ifnull(k.collections, '[]'),
    k.last_action, k.last_used_at, s.status
FROM json_each(?) AS wanted
JOIN samples AS s ON s.sample_id = wanted.value
JOIN sources AS src USING (source_id)
LEFT JOIN curated_samples AS k ON k.sample_id = s.sample_id
ORDER BY wanted.key;
