-- Tags in force on a sample and its spans, each pair's last one: those by hand first, then the best.
SELECT l.name, t.score, t.confidence, t.start_s, t.end_s
FROM tags AS t JOIN labels AS l USING (label_id)
WHERE t.sample_id = ?1
    AND t.run_id = (
        SELECT max(n.run_id) FROM tags AS n
        WHERE n.sample_id = ?1 AND n.label_id = t.label_id
            AND n.start_s IS t.start_s AND n.end_s IS t.end_s
    )
ORDER BY t.confidence = 'hand' DESC, t.score DESC, l.name
