-- What a label finds, best first: confidence, then score. A label without anchors finds nothing.
WITH asked AS (
    SELECT
        l.name,
        EXISTS (
            SELECT 1 FROM anchors AS a
            WHERE a.label_id = l.label_id AND a.polarity = 'positive'
                AND clap_vector(a.sample_id) IS NOT NULL
        ) AS scores
    FROM labels AS l
    WHERE l.name = trim(:label)
)
SELECT
    s.sample_id, s.path, json_extract(m.value, '$.score') AS score,
    json_extract(m.value, '$.gap') AS gap, json_extract(m.value, '$.confidence') AS confidence,
    json_extract(m.value, '$.held_back_by') AS held_back_by,
    json_extract(m.value, '$.rival_label') AS rival_label,
    s.heard_share
FROM asked
CROSS JOIN json_each(iif(asked.scores, clap_matches(asked.name, 200), '[]')) AS m
CROSS JOIN samples AS s ON s.sample_id = json_extract(m.value, '$.sample_id')
ORDER BY json_extract(m.value, '$.rank')
