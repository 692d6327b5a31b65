SELECT DISTINCT t.sample_id, l.name, t.start_s, t.end_s
FROM tags AS t
JOIN labels AS l USING (label_id)
WHERE t.start_s IS NOT NULL;
