SELECT sample_id FROM label_verdicts WHERE label_id = ?1 AND verdict = 'reject'
UNION
SELECT sample_id FROM anchors WHERE label_id = ?1;
