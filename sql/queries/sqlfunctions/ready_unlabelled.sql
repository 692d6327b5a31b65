-- Sounds that no tag and no anchor speaks of.
SELECT s.sample_id, s.path, s.duration_s
FROM samples AS s
WHERE s.status = 'ok'
    AND NOT EXISTS (SELECT 1 FROM tags AS t WHERE t.sample_id = s.sample_id)
    AND NOT EXISTS (SELECT 1 FROM anchors AS a WHERE a.sample_id = s.sample_id)
ORDER BY s.path
LIMIT 500
