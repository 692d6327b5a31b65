-- `depth` is the top-k's former name: the view of a library that was not opened for writing since
-- has no other.
SELECT
    p.label_id, p.name, p.depth, p.threshold, p.gap, p.threshold_from, p.calibration_id,
    l.aggregation
FROM label_settings AS p
JOIN labels AS l USING (label_id)
WHERE p.model_id = ?
ORDER BY p.label_id;
