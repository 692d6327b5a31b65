SELECT label_id, name, top_k, threshold, gap, threshold_from, calibration_id
FROM label_settings
WHERE model_id = ?
ORDER BY label_id;
