SELECT DISTINCT t.sample_id, l.name
FROM tags AS t
JOIN labels AS l USING (label_id)
WHERE t.start_s IS NULL;
