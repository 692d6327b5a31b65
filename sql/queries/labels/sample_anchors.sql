-- Labels that a sample, or a span of it, is an anchor of.
SELECT l.name, a.polarity, a.weight, a.start_s, a.end_s
FROM anchors AS a JOIN labels AS l USING (label_id)
WHERE a.sample_id = ?
ORDER BY l.name, a.start_s, a.end_s
