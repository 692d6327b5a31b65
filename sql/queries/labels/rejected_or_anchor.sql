SELECT sample_id FROM label_verdicts WHERE label_id = ?1 AND verdict = 'reject' AND start_s IS NULL
UNION
SELECT sample_id FROM anchors WHERE label_id = ?1 AND start_s IS NULL;
