SELECT
    src.root, s.path, v.content_hash, v.start_s, v.end_s, v.verdict, v.score, v.gap, v.source,
    v.created_at
FROM votes AS v
LEFT JOIN samples AS s USING (sample_id)
LEFT JOIN sources AS src USING (source_id)
WHERE v.label_id = ?
ORDER BY v.vote_id;
