SELECT
    src.root, s.path, v.content_hash, v.start_s, v.end_s, v.verdict, v.score, v.gap, v.source,
    v.found_score, v.low_hz, v.high_hz, v.notes, v.more, v.created_at
FROM votes AS v
LEFT JOIN samples AS s USING (sample_id)
LEFT JOIN sources AS src USING (source_id)
WHERE v.label_id = ?
ORDER BY v.vote_id;
