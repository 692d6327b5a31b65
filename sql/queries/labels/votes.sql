-- A label's votes, oldest first, each with whether it is its pair's last.
SELECT
    v.vote_id, v.sample_id, v.verdict, v.score, v.gap, v.source, v.created_at,
    v.vote_id = max(v.vote_id) OVER (PARTITION BY v.sample_id, v.start_s, v.end_s) AS in_force,
    s.path, s.heard_share, v.start_s, v.end_s
FROM votes AS v
LEFT JOIN samples AS s USING (sample_id)
WHERE v.label_id = ?
ORDER BY v.vote_id;
