-- A sample's tag by hand, or of the highest confidence and score.
SELECT sample_id, label_id FROM (
    SELECT
        t.sample_id, t.label_id,
        row_number() OVER (
            PARTITION BY t.sample_id
            ORDER BY
                CASE t.confidence WHEN 'hand' THEN 3 WHEN 'high' THEN 2 WHEN 'medium' THEN 1 ELSE 0 END DESC,
                t.score DESC
        ) AS place
    FROM tags AS t
) WHERE place = 1
