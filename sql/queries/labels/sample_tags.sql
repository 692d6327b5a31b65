-- Tags in force on a sample, each label's last one: those by hand first, then the best.
SELECT l.name, t.score, t.confidence
FROM tags AS t JOIN labels AS l USING (label_id)
WHERE t.sample_id = ?1
    AND t.run_id = (
        SELECT max(n.run_id) FROM tags AS n WHERE n.sample_id = ?1 AND n.label_id = t.label_id
    )
ORDER BY t.confidence = 'hand' DESC, t.score DESC, l.name
