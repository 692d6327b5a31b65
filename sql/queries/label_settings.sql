SELECT label_id, name, depth, threshold, gap, threshold_from, calibration_id
FROM label_settings
WHERE model_id = ?
ORDER BY label_id;
