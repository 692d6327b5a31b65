-- Tags in force: the last one of each pair; ?1 is a label's id, or NULL for all.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, l.name, t.run_id, t.score, t.gap, t.confidence,
    t.created_at, s.heard_share, t.start_s, t.end_s
FROM tags AS t
JOIN labels AS l USING (label_id)
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id)
WHERE (?1 IS NULL OR t.label_id = ?1)
    AND t.run_id = (
        SELECT max(n.run_id) FROM tags AS n
        WHERE n.sample_id = t.sample_id AND n.label_id = t.label_id
            AND n.start_s IS t.start_s AND n.end_s IS t.end_s
    )
ORDER BY s.path, s.sample_id, t.start_s, t.end_s, l.name;
