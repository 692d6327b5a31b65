-- Votes in force on a sample and its spans: each pair's last one.
SELECT v.vote_id, l.name, v.verdict, v.start_s, v.end_s
FROM votes AS v JOIN labels AS l USING (label_id)
WHERE v.sample_id = ?1
    AND v.vote_id = (
        SELECT max(n.vote_id) FROM votes AS n
        WHERE n.sample_id = ?1 AND n.label_id = v.label_id
            AND n.start_s IS v.start_s AND n.end_s IS v.end_s
    )
ORDER BY l.name, v.start_s, v.end_s
