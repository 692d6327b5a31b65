-- Sounds by the labels that they are tagged with, or are positive anchors of; NULL: of none.
WITH labelled AS (
    SELECT t.sample_id, t.label_id FROM tags AS t
    UNION
    SELECT p.sample_id, p.label_id FROM anchors AS p WHERE p.polarity = 'positive'
)
SELECT l.name AS value, count(*) AS sounds
FROM samples AS s
LEFT JOIN labelled AS d USING (sample_id)
LEFT JOIN labels AS l USING (label_id)
WHERE :sqlclap_among IS NULL OR s.sample_id IN (SELECT a.value FROM json_each(:sqlclap_among) AS a)
GROUP BY 1
ORDER BY sounds DESC, value;
