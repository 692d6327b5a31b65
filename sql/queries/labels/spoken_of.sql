-- Spans that a label, ?1, has rejected, and with ?2 those of its anchors.
SELECT sample_id, start_s, end_s FROM label_verdicts
WHERE label_id = ?1 AND verdict = 'reject' AND start_s IS NOT NULL
UNION
SELECT sample_id, start_s, end_s FROM anchors WHERE label_id = ?1 AND ?2 AND start_s IS NOT NULL
