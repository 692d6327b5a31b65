-- What a label finds, best first.
SELECT
    s.sample_id, s.path, m.score, m.gap, m.confidence
FROM label_matches AS m
JOIN samples AS s USING (sample_id)
WHERE m.label = :label
ORDER BY m.score DESC
LIMIT 200
