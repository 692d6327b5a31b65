-- Among a label's 300 best matches, those that nobody has judged, nearest to its threshold first.
WITH asked AS (
    SELECT
        p.label_id, p.name, p.threshold,
        EXISTS (
            SELECT 1 FROM anchors AS a
            WHERE a.label_id = p.label_id AND a.polarity = 'positive'
                AND clap_vector(a.sample_id) IS NOT NULL
        ) AS scores
    FROM label_settings AS p
    JOIN models AS d ON d.model_id = p.model_id AND d.is_default = 1
    WHERE p.name = trim(:label)
)
SELECT
    s.sample_id, s.path, json_extract(m.value, '$.score') AS score,
    abs(json_extract(m.value, '$.score') - asked.threshold) AS from_threshold,
    json_extract(m.value, '$.gap') AS gap, json_extract(m.value, '$.confidence') AS confidence,
    json_extract(m.value, '$.held_back_by') AS held_back_by,
    json_extract(m.value, '$.rival_label') AS rival_label,
    s.heard_share
FROM asked
CROSS JOIN json_each(iif(asked.scores, clap_matches(asked.name, 300), '[]')) AS m
CROSS JOIN samples AS s ON s.sample_id = json_extract(m.value, '$.sample_id')
WHERE NOT EXISTS (
    SELECT 1 FROM votes AS v WHERE v.label_id = asked.label_id AND v.sample_id = s.sample_id
)
ORDER BY from_threshold, s.sample_id
LIMIT 100
