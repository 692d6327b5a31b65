-- The tags in force, as annotations: a label's last one on each sound, or span of one.
SELECT
    l.name, src.root, s.path, s.path_bytes, s.duration_s, s.sample_rate, t.start_s, t.end_s, 'accept',
    ifnull(t.found_score, t.score), t.low_hz, t.high_hz, t.notes, t.more, t.sample_id, 'tag'
FROM tags AS t
JOIN labels AS l USING (label_id)
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id)
WHERE (:label_id IS NULL OR t.label_id = :label_id)
    AND NOT EXISTS (
        SELECT 1 FROM tags AS later
        WHERE later.label_id = t.label_id AND later.sample_id = t.sample_id
            AND later.start_s IS t.start_s AND later.end_s IS t.end_s AND later.run_id > t.run_id
    )
ORDER BY src.root, s.path, t.start_s, t.end_s, l.name;
