-- In the catalog: tags by hand on a copy, each pair's last one, with the number of its run.
SELECT l.name, max(t.run_id), t.score, t.confidence, t.start_s, t.end_s
FROM tags AS t JOIN labels AS l USING (label_id)
WHERE t.sample_id = ?1
GROUP BY t.label_id, t.start_s, t.end_s
