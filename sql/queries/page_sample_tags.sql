-- Tags in force on a sample, best first.
SELECT l.name, max(t.score), t.confidence
FROM tags AS t JOIN labels AS l USING (label_id)
WHERE t.sample_id = ?
GROUP BY l.label_id
ORDER BY 2 DESC
