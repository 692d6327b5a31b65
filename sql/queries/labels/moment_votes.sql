-- Verdicts in force of label ?1 on sounds and spans of them, oldest first, with where they come from.
SELECT v.sample_id, v.start_s, v.end_s, v.verdict = 'accept', v.review_id, v.stratum, v.score
FROM votes AS v
WHERE v.label_id = ?1 AND v.verdict IN ('accept', 'reject')
    AND v.vote_id = (
        SELECT max(n.vote_id) FROM votes AS n
        WHERE n.label_id = v.label_id AND n.sample_id = v.sample_id
            AND n.start_s IS v.start_s AND n.end_s IS v.end_s
    )
ORDER BY v.vote_id;
