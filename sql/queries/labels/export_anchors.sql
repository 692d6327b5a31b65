SELECT
    src.root, s.path, a.content_hash, a.start_s, a.end_s, a.polarity, a.weight, a.found_score, a.low_hz, a.high_hz, a.notes, a.more,
    a.created_at
FROM anchors AS a
LEFT JOIN samples AS s USING (sample_id)
LEFT JOIN sources AS src USING (source_id)
WHERE a.label_id = ?
ORDER BY a.anchor_id;
