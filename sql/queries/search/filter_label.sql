-- Tagged with a label, or one of its positive anchors.
sample_id IN (
    SELECT t.sample_id
    FROM tags AS t
    JOIN labels AS l USING (label_id)
    WHERE l.name = :sqlclap_label
    UNION ALL
    SELECT a.sample_id
    FROM anchors AS a
    JOIN labels AS l USING (label_id)
    WHERE l.name = :sqlclap_label AND a.polarity = 'positive'
)
