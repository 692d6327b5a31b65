-- Anchors as annotations: a negative one is a rejection.
SELECT
    l.name, src.root, s.path, s.path_bytes, s.duration_s, s.sample_rate, a.start_s, a.end_s,
    iif(a.polarity = 'positive', 'accept', 'reject'), a.found_score, a.low_hz, a.high_hz, a.notes,
    a.more, a.sample_id, 'anchor'
FROM anchors AS a
JOIN labels AS l USING (label_id)
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id)
WHERE :label_id IS NULL OR a.label_id = :label_id
ORDER BY src.root, s.path, a.start_s, a.end_s, l.name;
