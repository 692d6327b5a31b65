-- Sounds by the labels that they are tagged with, or are positive anchors of; NULL: of none.
WITH labelled AS (
    SELECT t.sample_id, t.label_id FROM tags AS t
    UNION
    SELECT p.sample_id, p.label_id FROM anchors AS p WHERE p.polarity = 'positive'
)
SELECT s.sample_id, l.name AS value
FROM samples AS s
LEFT JOIN labelled AS d USING (sample_id)
LEFT JOIN labels AS l USING (label_id);
