-- Labels of samples in a JSON array of ids: those that they are tagged with or positive anchors of.
SELECT t.sample_id, l.name FROM tags AS t JOIN labels AS l USING (label_id)
WHERE t.sample_id IN (SELECT value FROM json_each(?1))
UNION
SELECT a.sample_id, l.name FROM anchors AS a JOIN labels AS l USING (label_id)
WHERE a.polarity = 'positive' AND a.sample_id IN (SELECT value FROM json_each(?1))
ORDER BY 1, 2;
