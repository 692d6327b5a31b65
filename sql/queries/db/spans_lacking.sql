-- Spans that anchors and votes speak of, that their sounds hold, and that have no vector of the sound
-- as it is now under model ?1; ?2 is the tolerance of ends in seconds.
WITH wanted AS (
    SELECT a.sample_id, a.start_s, a.end_s FROM anchors AS a WHERE a.start_s IS NOT NULL
    UNION
    SELECT v.sample_id, v.start_s, v.end_s FROM votes AS v WHERE v.start_s IS NOT NULL
)
SELECT w.sample_id, w.start_s, w.end_s
FROM wanted AS w
JOIN samples AS s ON s.sample_id = w.sample_id AND s.status IN ('ok', 'silent')
WHERE w.end_s <= s.duration_s + ?2
    AND NOT EXISTS (
        SELECT 1 FROM span_vectors AS p
        WHERE p.sample_id = w.sample_id AND p.start_s = w.start_s AND p.end_s = w.end_s
            AND p.model_id = ?1 AND p.content_hash = s.content_hash
    )
ORDER BY w.sample_id, w.start_s, w.end_s;
