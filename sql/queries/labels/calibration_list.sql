SELECT
    calibration_id, threshold, gap, top_k, target_precision, precision_low, votes_used, in_force,
    created_at
FROM calibrations
WHERE label_id = ? AND model_id = ?
ORDER BY calibration_id;
