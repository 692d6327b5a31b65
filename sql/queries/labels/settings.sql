-- `depth` is the top-k's former name: the view of a library that was not opened for writing since
-- has no other.
SELECT label_id, name, depth, threshold, gap, threshold_from, calibration_id
FROM label_settings
WHERE model_id = ?
ORDER BY label_id;
