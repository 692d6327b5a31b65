-- The verdict in force for each pair of label and sample, or of label and span: the last vote's.
SELECT
    v.vote_id, v.label_id, v.sample_id, v.verdict, v.score, v.gap, v.source, v.created_at,
    v.start_s, v.end_s
FROM votes AS v
WHERE v.vote_id = (
    SELECT max(w.vote_id) FROM votes AS w
    WHERE w.label_id = v.label_id AND w.sample_id = v.sample_id
        AND w.start_s IS v.start_s AND w.end_s IS v.end_s
)
