-- The votes in force, as annotations.
SELECT
    l.name, src.root, s.path, s.path_bytes, s.duration_s, s.sample_rate, v.start_s, v.end_s, v.verdict,
    v.found_score, v.low_hz, v.high_hz, v.notes, v.more, v.sample_id, v.source
FROM label_verdicts AS f
JOIN votes AS v USING (vote_id)
JOIN labels AS l ON l.label_id = v.label_id
JOIN samples AS s ON s.sample_id = v.sample_id
JOIN sources AS src USING (source_id)
WHERE :label_id IS NULL OR v.label_id = :label_id
ORDER BY src.root, s.path, v.start_s, v.end_s, l.name;
