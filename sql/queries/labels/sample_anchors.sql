-- Labels that a sample is an anchor of.
SELECT l.name, a.polarity, a.weight
FROM anchors AS a JOIN labels AS l USING (label_id)
WHERE a.sample_id = ?
ORDER BY l.name
