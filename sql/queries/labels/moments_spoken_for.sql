-- Moments under model ?2 that a label, ?1, doesn't find because something is said of a span that
-- overlaps them by at least half of the shorter of the two: rejected spans and, with ?3, anchors.
SELECT DISTINCT e.embedding_id
FROM (
    SELECT sample_id, start_s, end_s FROM label_verdicts
    WHERE label_id = ?1 AND verdict = 'reject' AND start_s IS NOT NULL
    UNION
    SELECT sample_id, start_s, end_s FROM anchors
    WHERE label_id = ?1 AND ?3 AND start_s IS NOT NULL
) AS spoken
CROSS JOIN embeddings AS e ON e.sample_id = spoken.sample_id AND e.model_id = ?2
WHERE min(e.end_s, spoken.end_s) - max(e.start_s, spoken.start_s) + 1e-6
        >= 0.5 * min(e.end_s - e.start_s, spoken.end_s - spoken.start_s)
    AND (e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
    ));
