-- One label for each sample that has any: a positive anchor's, else a tag by hand, else the best tag.
SELECT sample_id, label_id FROM (
    SELECT
        sample_id, label_id,
        row_number() OVER (PARTITION BY sample_id ORDER BY preference, score DESC, label_id) AS place
    FROM (
        SELECT a.sample_id, a.label_id, 0 AS preference, a.weight AS score
        FROM anchors AS a
        WHERE a.polarity = 'positive'
        UNION ALL
        SELECT
            t.sample_id, t.label_id,
            CASE t.confidence WHEN 'hand' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END,
            t.score
        FROM tags AS t
    )
) WHERE place = 1;
