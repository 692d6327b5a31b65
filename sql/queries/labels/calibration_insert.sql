INSERT INTO calibrations (
    label_id, model_id, threshold, gap, top_k, target_precision, precision_low, votes_used, report,
    in_force, replaced
)
VALUES (
    :label_id, :model_id, :threshold, :gap, :top_k, :target_precision, :precision_low,
    :votes_used, :report, 1, :replaced
)
RETURNING calibration_id;
