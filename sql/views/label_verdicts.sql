-- The verdict in force for each pair of label and sample: the last vote's.
SELECT v.vote_id, v.label_id, v.sample_id, v.verdict, v.score, v.gap, v.source, v.created_at
FROM votes AS v
WHERE v.vote_id = (
    SELECT max(w.vote_id) FROM votes AS w
    WHERE w.label_id = v.label_id AND w.sample_id = v.sample_id
)
